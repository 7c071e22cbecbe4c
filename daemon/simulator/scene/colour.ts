/** sRGB, each channel in [0, 255]. */
export type Rgb = readonly [red: number, green: number, blue: number];

const clampByte = (value: number): number => (value < 0 ? 0 : Math.min(value, 255));

/** As the pixels of the renderer hold it: red in the lowest byte. */
export function packRgb(red: number, green: number, blue: number): number {
  return (clampByte(red) + 0.5) | 0 | (((clampByte(green) + 0.5) | 0) << 8) | (((clampByte(blue) + 0.5) | 0) << 16);
}

/** From `a` to `b`; `share` of 0 is all `a`, 1 all `b`. */
export function mixRgb(a: Rgb, b: Rgb, share: number): Rgb {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
}

/** Darker below 1, lighter above; no channel leaves [0, 255]. */
export function scaleRgb(colour: Rgb, factor: number): Rgb {
  return [clampByte(colour[0] * factor), clampByte(colour[1] * factor), clampByte(colour[2] * factor)];
}

/** Hue in degrees, saturation and value in [0, 1]. */
export function hsvToRgb(hueDeg: number, saturation: number, value: number): Rgb {
  const channel = (n: number): number => {
    const k = (n + hueDeg / 60 + 12) % 6;
    return 255 * value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}

/** Hue in degrees [0, 360), saturation and value in [0, 1]. */
export function rgbToHsv([red, green, blue]: Rgb): readonly [hueDeg: number, saturation: number, value: number] {
  const high = Math.max(red, green, blue);
  const spread = high - Math.min(red, green, blue);
  if (spread === 0) return [0, 0, high / 255];
  let hue: number;
  if (high === red) hue = ((green - blue) / spread + 6) % 6;
  else if (high === green) hue = (blue - red) / spread + 2;
  else hue = (red - green) / spread + 4;
  return [hue * 60, spread / high, high / 255];
}
