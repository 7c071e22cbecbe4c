import { z } from 'zod';

/**
 * A line of the computer's own GPIO. By its place on the Jetson Nano's 40-pin header, `J41 pin 7`, as it is printed on the
 * board; or by the label that its chip has in /sys/class/gpio and its number there, for other computers.
 */
export const gpioPinSchema = z.union([
  z.string().regex(/^J41 pin ([1-9]|[1-3][0-9]|40)$/, 'a pin is written like "J41 pin 7"'),
  z.strictObject({ chipLabel: z.string().min(1), line: z.int().min(0).max(1023) }),
]);
export type GpioPin = z.infer<typeof gpioPinSchema>;

export function pinName(pin: GpioPin): string {
  return typeof pin === 'string' ? pin : `line ${pin.line} of ${pin.chipLabel}`;
}
