/**
 * The 40-pin header of the Jetson Nano's developer kit: what is printed on the board, and the line of the Tegra's GPIO
 * controller behind it (pin table of NVIDIA's jetson-gpio library). Pins that are missing carry power, ground, I2C (3, 5, 27,
 * 28) or the serial console (8, 10).
 */
export const headerLines: ReadonlyMap<string, number> = new Map(
  (
    [
      [7, 216],
      [11, 50],
      [12, 79],
      [13, 14],
      [15, 194],
      [16, 232],
      [18, 15],
      [19, 16],
      [21, 17],
      [22, 13],
      [23, 18],
      [24, 19],
      [26, 20],
      [29, 149],
      [31, 200],
      [32, 168],
      [33, 38],
      [35, 76],
      [36, 51],
      [37, 12],
      [38, 77],
      [40, 78],
    ] as const
  ).map(([pin, line]) => [`J41 pin ${pin}`, line]),
);

/** The GPIO controller behind the header, as the kernel labels it. */
export const headerChipLabel = 'tegra-gpio';

/** The Nano's PWM controller, and its channel behind each of the two pins that have one. */
export const headerPwmDevice = '7000a000.pwm';
export const headerPwmChannels: Readonly<Record<'J41 pin 32' | 'J41 pin 33', number>> = {
  'J41 pin 32': 0,
  'J41 pin 33': 2,
};
