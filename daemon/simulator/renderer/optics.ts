import { type CameraGeometry, focalLengthPx } from '../../protocol/camera-geometry.ts';
import { mixSeeds } from '../scene/random.ts';
import type { Sensor } from '../scene/scene.ts';
import { createExposure, type Exposure } from './exposure.ts';
import type { View } from './lens.ts';

/** Up to this many pixels a smear is hidden in the small blur, as variance; a box has a twelfth of its length squared. */
const shortSmearPx = 2;
const longestSmearPx = 48;
/** A 3-tap kernel holds a variance of up to 2/3; a blur beyond this is a pass of its own. */
const largestSmallVariance = 0.6;

/** Red and blue of a packed pixel, or of sums of several: 16 bits each. */
const redBlue = 0x00ff00ff;
/** The same with 10 bits of light each. */
const redBlueLight = 0x03ff03ff;

/**
 * What the lens makes of the light: smear by motion, blur; then the sensor's exposure, row by row. Pixels are packed, so
 * that two channels are added and weighted at a time; a row of light has 10 bits a channel.
 */
export class Optics {
  readonly #width: number;
  readonly #height: number;
  readonly #sensor: Sensor;
  readonly #focalPx: number;
  readonly #rowShiftPxPerM: Float32Array;
  readonly #exposure: Exposure;
  /** A row of light, with a pixel to spare on either side: red and blue, green; and the same smeared sideways. */
  readonly #rowRedBlue: Int32Array;
  readonly #rowGreen: Int32Array;
  readonly #smearedRedBlue: Int32Array;
  readonly #smearedGreen: Int32Array;
  /** Sums of the rows that a long vertical smear covers, kept from one row to the next. */
  readonly #sumRedBlue: Int32Array;
  readonly #sumGreen: Int32Array;
  #windowFirst = 0;
  #windowEnd = 0;
  /** A neighbour's weight in the 3 x 3 blur, in 64ths. */
  readonly #side: number;
  readonly #wideKernel: Int32Array | undefined;
  readonly #spare: Int32Array;

  constructor(camera: CameraGeometry, sensor: Sensor, rowShiftPxPerM: Float32Array) {
    const { widthPx, heightPx } = camera;
    this.#width = widthPx;
    this.#height = heightPx;
    this.#sensor = sensor;
    this.#focalPx = focalLengthPx(camera);
    this.#rowShiftPxPerM = rowShiftPxPerM;
    this.#exposure = createExposure(camera, sensor);
    this.#rowRedBlue = new Int32Array(widthPx + 2);
    this.#rowGreen = new Int32Array(widthPx + 2);
    this.#smearedRedBlue = new Int32Array(widthPx + 2);
    this.#smearedGreen = new Int32Array(widthPx + 2);
    this.#sumRedBlue = new Int32Array(widthPx);
    this.#sumGreen = new Int32Array(widthPx);
    const variance = sensor.defocusPx ** 2;
    const isSmall = variance <= largestSmallVariance;
    this.#side = isSmall ? Math.round(32 * variance) : 0;
    this.#wideKernel = isSmall ? undefined : gaussianKernel(sensor.defocusPx);
    this.#spare = new Int32Array(isSmall ? 0 : widthPx * heightPx);
  }

  /** Turns the light in `pixels` (packed as `packRgb` does; used up) into the picture. */
  develop(pixels: Int32Array, view: View, frameSeed: number, out: Uint8Array): void {
    if (this.#wideKernel !== undefined) this.#blurWide(pixels, this.#wideKernel);
    const travelM = Math.abs(view.speedMps) * this.#sensor.exposureTimeS;
    const turnPx = Math.abs(view.yawRateRadps) * this.#sensor.exposureTimeS * this.#focalPx;
    // Another picture's sums are of no use.
    this.#windowEnd = this.#windowFirst;
    const picture = new Uint8ClampedArray(out.buffer, out.byteOffset, out.length);
    for (let row = 0; row < this.#height; row++) {
      this.#gather(pixels, row, Math.min(longestSmearPx, travelM * this.#rowShiftPxPerM[row]!));
      const noiseSeed = mixSeeds(frameSeed, row);
      if (turnPx <= shortSmearPx) {
        const side = this.#sideWith(turnPx);
        this.#exposure.expose(this.#rowRedBlue, this.#rowGreen, row, side, noiseSeed, picture);
      } else {
        this.#smearSideways(Math.min(longestSmearPx, turnPx));
        this.#exposure.expose(this.#smearedRedBlue, this.#smearedGreen, row, this.#side, noiseSeed, picture);
      }
    }
  }

  /** The neighbour's weight, in 64ths, that has the variance of the lens's blur and of a short smear together. */
  #sideWith(smearPx: number): number {
    return Math.min(24, this.#side + Math.round((32 * smearPx * smearPx) / 12));
  }

  /** A row, blurred vertically by the lens and because driving ahead moves the ground down, the more the nearer it is. */
  #gather(pixels: Int32Array, row: number, smearPx: number): void {
    const width = this.#width;
    const toRedBlue = this.#rowRedBlue;
    const toGreen = this.#rowGreen;
    if (smearPx <= shortSmearPx) {
      const side = this.#sideWith(smearPx);
      const middle = 64 - 2 * side;
      const at = row * width;
      const above = row > 0 ? at - width : at;
      const below = row < this.#height - 1 ? at + width : at;
      for (let i = 0; i < width; i++) {
        const a = pixels[above + i]!;
        const b = pixels[at + i]!;
        const c = pixels[below + i]!;
        const light = Math.imul(side, (a & redBlue) + (c & redBlue)) + Math.imul(middle, b & redBlue);
        const green = Math.imul(side, ((a >> 8) & 255) + ((c >> 8) & 255)) + Math.imul(middle, (b >> 8) & 255);
        toRedBlue[i + 1] = (light >> 4) & redBlueLight;
        toGreen[i + 1] = green >> 4;
      }
    } else {
      const lengthPx = Math.round(Math.sqrt(smearPx * smearPx + (12 * this.#side) / 32));
      this.#moveWindow(pixels, row - (lengthPx >> 1), row - (lengthPx >> 1) + lengthPx);
      const fromRedBlue = this.#sumRedBlue;
      const fromGreen = this.#sumGreen;
      const reciprocal = Math.round(2 ** 16 / lengthPx);
      for (let i = 0; i < width; i++) {
        const light = fromRedBlue[i]!;
        const red = Math.imul(light & 0xffff, reciprocal) >> 14;
        const blue = Math.imul(light >> 16, reciprocal) >> 14;
        toRedBlue[i + 1] = red | (blue << 16);
        toGreen[i + 1] = Math.imul(fromGreen[i]!, reciprocal) >> 14;
      }
    }
    toRedBlue[0] = toRedBlue[1]!;
    toGreen[0] = toGreen[1]!;
    toRedBlue[width + 1] = toRedBlue[width]!;
    toGreen[width + 1] = toGreen[width]!;
  }

  /** Makes the window's sums those of the rows from `first` up to before `end`; rows past the picture repeat its edge. */
  #moveWindow(pixels: Int32Array, first: number, end: number): void {
    if (first >= this.#windowEnd || end <= this.#windowFirst) {
      this.#sumRedBlue.fill(0);
      this.#sumGreen.fill(0);
      this.#windowFirst = first;
      this.#windowEnd = first;
    }
    while (this.#windowEnd < end) this.#addRow(pixels, this.#windowEnd++, 1);
    while (this.#windowFirst > first) this.#addRow(pixels, --this.#windowFirst, 1);
    while (this.#windowFirst < first) this.#addRow(pixels, this.#windowFirst++, -1);
    while (this.#windowEnd > end) this.#addRow(pixels, --this.#windowEnd, -1);
  }

  #addRow(pixels: Int32Array, row: number, factor: 1 | -1): void {
    const width = this.#width;
    const sumRedBlue = this.#sumRedBlue;
    const sumGreen = this.#sumGreen;
    const from = Math.min(this.#height - 1, Math.max(0, row)) * width;
    for (let i = 0; i < width; i++) {
      const pixel = pixels[from + i]!;
      sumRedBlue[i] = sumRedBlue[i]! + Math.imul(factor, pixel & redBlue);
      sumGreen[i] = sumGreen[i]! + Math.imul(factor, (pixel >> 8) & 255);
    }
  }

  /** Turning moves the whole picture sideways: a box as wide as the way, its ends in part. */
  #smearSideways(lengthPx: number): void {
    const width = this.#width;
    const fromRedBlue = this.#rowRedBlue;
    const fromGreen = this.#rowGreen;
    const toRedBlue = this.#smearedRedBlue;
    const toGreen = this.#smearedGreen;
    const half = lengthPx / 2;
    const whole = Math.floor(half);
    const edge = Math.round(16 * (half - whole));
    // 10 bits of light, at most 51 pixels, and a reciprocal of 16 bits over as many: 26 bits.
    const reciprocal = Math.round(2 ** 16 / (2 * whole + 1 + edge / 8));
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let offset = -whole; offset <= whole; offset++) {
      const at = Math.max(1, 1 + offset);
      red += fromRedBlue[at]! & 0xffff;
      blue += fromRedBlue[at]! >> 16;
      green += fromGreen[at]!;
    }
    for (let i = 1; i <= width; i++) {
      const before = Math.max(1, i - whole - 1);
      const after = Math.min(width, i + whole + 1);
      const leaving = Math.max(1, i - whole);
      const b = fromRedBlue[before]!;
      const a = fromRedBlue[after]!;
      const l = fromRedBlue[leaving]!;
      const redEnds = Math.imul(edge, (b & 0xffff) + (a & 0xffff)) >> 4;
      const blueEnds = Math.imul(edge, (b >> 16) + (a >> 16)) >> 4;
      const greenEnds = Math.imul(edge, fromGreen[before]! + fromGreen[after]!) >> 4;
      const redLight = Math.min(1020, Math.imul(red + redEnds, reciprocal) >> 16);
      const blueLight = Math.min(1020, Math.imul(blue + blueEnds, reciprocal) >> 16);
      toRedBlue[i] = redLight | (blueLight << 16);
      toGreen[i] = Math.min(1020, Math.imul(green + greenEnds, reciprocal) >> 16);
      red += (a & 0xffff) - (l & 0xffff);
      blue += (a >> 16) - (l >> 16);
      green += fromGreen[after]! - fromGreen[leaving]!;
    }
    toRedBlue[0] = toRedBlue[1]!;
    toGreen[0] = toGreen[1]!;
    toRedBlue[width + 1] = toRedBlue[width]!;
    toGreen[width + 1] = toGreen[width]!;
  }

  /** @param kernel the middle's weight and then each neighbour's, in 256ths */
  #blurWide(pixels: Int32Array, kernel: Int32Array): void {
    const width = this.#width;
    const last = this.#height - 1;
    const spare = this.#spare;
    const centre = kernel[0]!;
    // Down the columns; 256 times 8 bits is just 16, so sums fill their halves and no more.
    for (let row = 0; row <= last; row++) {
      for (let column = 0; column < width; column++) {
        const pixel = pixels[row * width + column]!;
        let light = Math.imul(centre, pixel & redBlue);
        let green = Math.imul(centre, (pixel >> 8) & 255);
        for (let tap = 1; tap < kernel.length; tap++) {
          const weight = kernel[tap]!;
          const a = pixels[(row < tap ? 0 : row - tap) * width + column]!;
          const b = pixels[Math.min(row + tap, last) * width + column]!;
          light += Math.imul(weight, (a & redBlue) + (b & redBlue));
          green += Math.imul(weight, ((a >> 8) & 255) + ((b >> 8) & 255));
        }
        spare[row * width + column] = ((light >>> 8) & redBlue) | (green & 0xff00);
      }
    }
    for (let start = 0; start < pixels.length; start += width) {
      for (let column = 0; column < width; column++) {
        const pixel = spare[start + column]!;
        let light = Math.imul(centre, pixel & redBlue);
        let green = Math.imul(centre, (pixel >> 8) & 255);
        for (let tap = 1; tap < kernel.length; tap++) {
          const weight = kernel[tap]!;
          const a = spare[start + (column < tap ? 0 : column - tap)]!;
          const b = spare[start + (column + tap >= width ? width - 1 : column + tap)]!;
          light += Math.imul(weight, (a & redBlue) + (b & redBlue));
          green += Math.imul(weight, ((a >> 8) & 255) + ((b >> 8) & 255));
        }
        pixels[start + column] = ((light >>> 8) & redBlue) | (green & 0xff00);
      }
    }
  }
}

/** The middle's weight and each neighbour's, in 256ths; all of them together sum to 256. */
function gaussianKernel(sigma: number): Int32Array {
  const radius = Math.ceil(2.5 * sigma);
  const weights = Array.from({ length: radius + 1 }, (_, i) => Math.exp(-(i ** 2) / (2 * sigma * sigma)));
  const total = 2 * weights.reduce((sum, weight) => sum + weight, 0) - 1;
  const kernel = Int32Array.from(weights, (weight) => Math.round((256 * weight) / total));
  kernel[0] = 256 - 2 * kernel.subarray(1).reduce((sum, weight) => sum + weight, 0);
  return kernel;
}
