/** Looking at so many pixels is enough, and costs microseconds. */
const samples = 512;
/** A sensor with its lens covered gives noise up to about this. */
const blackLevel = 12;

/** Whether a picture shows nothing: a covered lens, a sensor without exposure, a capture service that gives up in black. */
export function isBlack(rgb: Uint8Array): boolean {
  // An odd step meets all three colours.
  const step = Math.max(1, Math.floor(rgb.length / samples)) | 1;
  for (let at = 0; at < rgb.length; at += step) if (rgb[at]! > blackLevel) return false;
  return rgb.length > 0;
}
