import { z } from 'zod';
import { roles } from '../../protocol/pairing.ts';

/**
 * A name that a person gave a device. Text of one line: no control characters, and none that turn the direction of writing,
 * which could make one name look like another.
 */
export const deviceNameSchema: z.ZodType<string> = z
  .string()
  .transform((name) => name.normalize('NFC').trim())
  .refine((name) => name.length >= 1 && name.length <= 40, 'a name has 1 to 40 characters')
  .refine(
    (name) => !/[\p{Cc}\p{Cs}\u200e\u200f\u2028-\u202e\u2066-\u2069]/u.test(name),
    'a name is one line of plain characters',
  );

/** A paired device as it is kept. Its token is 256 random bits, of which only the SHA-256 is kept. */
const pairedDeviceSchema = z.strictObject({
  id: z.string().regex(/^[\w-]{8,32}$/),
  name: z.string().min(1).max(40),
  role: z.enum(roles),
  tokenHash: z.string().regex(/^[\w-]{43}$/),
  pairedAt: z.iso.datetime(),
});
export type PairedDevice = z.infer<typeof pairedDeviceSchema>;

export const maxDevices = 64;

export const devicesFileSchema = z.strictObject({
  version: z.literal(1),
  devices: z.array(pairedDeviceSchema).max(maxDevices),
});
