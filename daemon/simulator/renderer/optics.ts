import type { CameraGeometry } from '../../car/camera-geometry.ts';
import { focalLengthPx } from '../../car/camera-geometry.ts';
import { mixSeeds } from '../scene/random.ts';
import type { Sensor } from '../scene/scene.ts';
import type { View } from './lens.ts';
import { noiseTable, noiseUnit } from './sensor-noise.ts';

/** Below this many pixels a smear is not worth the pass. */
const leastSmearPx = 0.4;
const longestSmearPx = 48;

/** Display value in, 12 bits, to display value out: exposure and white balance in linear light, a soft shoulder, gamma. */
function toneCurve(sensor: Sensor, channel: 0 | 1 | 2): Uint8Array {
  const gain = sensor.exposure * (sensor.whiteBalance[channel] / 255) ** 2.2;
  const shoulder = 0.8;
  return Uint8Array.from({ length: 4096 }, (_, value) => {
    let linear = gain * (value / 4080) ** 2.2;
    if (linear > shoulder) linear = shoulder + (1 - shoulder) * (1 - Math.exp((shoulder - linear) / (1 - shoulder)));
    return Math.round(255 * linear ** (sensor.gamma / 2.2));
  });
}

/** What lens and sensor do to the light: smear, blur, vignette, exposure, noise. */
export class Optics {
  readonly #width: number;
  readonly #height: number;
  readonly #sensor: Sensor;
  readonly #focalPx: number;
  readonly #rowShiftPxPerM: Float32Array;
  readonly #vignette: Uint16Array;
  readonly #curves: readonly [Uint8Array, Uint8Array, Uint8Array];
  readonly #amplitudes: Uint16Array;
  readonly #spare: Uint8ClampedArray;
  readonly #sums: Int32Array;
  /** Weights of the fused 3 x 3 blur, in 64ths: of a neighbour and of the middle. */
  readonly #side: number;
  readonly #wideKernel: Int32Array | undefined;

  constructor(camera: CameraGeometry, sensor: Sensor, rowShiftPxPerM: Float32Array) {
    this.#width = camera.widthPx;
    this.#height = camera.heightPx;
    this.#sensor = sensor;
    this.#focalPx = focalLengthPx(camera);
    this.#rowShiftPxPerM = rowShiftPxPerM;
    this.#spare = new Uint8ClampedArray(3 * camera.widthPx * camera.heightPx);
    this.#sums = new Int32Array(3 * camera.widthPx + 6);
    this.#curves = [toneCurve(sensor, 0), toneCurve(sensor, 1), toneCurve(sensor, 2)];
    this.#amplitudes = Uint16Array.from({ length: 256 }, (_, value) =>
      Math.round(16 * Math.sqrt(sensor.readNoise ** 2 + (sensor.shotNoise ** 2 * value) / 255)),
    );
    const variance = sensor.defocusPx ** 2;
    // A 3-tap kernel holds a variance of up to 2/3; beyond that the blur is a pass of its own.
    this.#side = variance <= 0.6 ? Math.round(32 * variance) : 0;
    this.#wideKernel = variance <= 0.6 ? undefined : gaussianKernel(sensor.defocusPx);
    this.#vignette = new Uint16Array(this.#width * this.#height);
    const corner = (this.#width ** 2 + this.#height ** 2) / 4;
    for (let row = 0, at = 0; row < this.#height; row++) {
      const dy = row + 0.5 - this.#height / 2;
      for (let column = 0; column < this.#width; column++, at++) {
        const dx = column + 0.5 - this.#width / 2;
        this.#vignette[at] = 256 * (1 - (sensor.vignette * (dx * dx + dy * dy)) / corner);
      }
    }
  }

  /** Turns the light in `pixels` (which is used up) into the picture. */
  develop(pixels: Uint8ClampedArray, view: View, frameSeed: number, out: Uint8Array): void {
    this.#smearForward(pixels, Math.abs(view.speedMps) * this.#sensor.exposureTimeS);
    this.#smearSideways(pixels, Math.abs(view.yawRateRadps) * this.#sensor.exposureTimeS * this.#focalPx);
    if (this.#wideKernel !== undefined) this.#blurWide(pixels, this.#wideKernel);
    this.#expose(pixels, frameSeed, out);
  }

  /** Driving ahead moves a row of ground downwards, the more the nearer it is. */
  #smearForward(pixels: Uint8ClampedArray, travelM: number): void {
    const height = this.#height;
    const stride = 3 * this.#width;
    let firstRow = height;
    for (let row = 0; row < height; row++) {
      const lengthPx = Math.min(longestSmearPx, travelM * this.#rowShiftPxPerM[row]!);
      if (lengthPx < leastSmearPx) continue;
      if (row < firstRow) firstRow = row;
    }
    if (firstRow === height) return;
    const spare = this.#spare;
    const sums = this.#sums;
    for (let row = firstRow; row < height; row++) {
      const lengthPx = Math.min(longestSmearPx, Math.max(1, 1 + travelM * this.#rowShiftPxPerM[row]!));
      const half = (lengthPx - 1) / 2;
      const whole = Math.floor(half);
      const edge = Math.round(256 * (half - whole));
      const total = 256 * (2 * whole + 1) + 2 * edge;
      sums.fill(0);
      for (let offset = -whole - 1; offset <= whole + 1; offset++) {
        const weight = Math.abs(offset) > whole ? edge : 256;
        if (weight === 0) continue;
        const from = Math.min(height - 1, Math.max(0, row + offset)) * stride;
        for (let i = 0; i < stride; i++) sums[i] = sums[i]! + weight * pixels[from + i]!;
      }
      const scale = 1 / total;
      const to = row * stride;
      for (let i = 0; i < stride; i++) spare[to + i] = sums[i]! * scale;
    }
    pixels.set(spare.subarray(firstRow * stride), firstRow * stride);
  }

  /** Turning moves the whole picture sideways: a box as wide as the way, its ends in part. */
  #smearSideways(pixels: Uint8ClampedArray, lengthPx: number): void {
    if (lengthPx < leastSmearPx) return;
    const width = this.#width;
    const stride = 3 * width;
    const half = Math.min(longestSmearPx, lengthPx) / 2;
    const whole = Math.floor(half);
    const edge = half - whole;
    const scale = 1 / (2 * whole + 1 + 2 * edge);
    const line = this.#spare;
    for (let row = 0; row < this.#height; row++) {
      const start = row * stride;
      for (let i = 0; i < stride; i++) line[i] = pixels[start + i]!;
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let offset = -whole; offset <= whole; offset++) {
          sum += line[3 * Math.min(width - 1, Math.max(0, offset)) + channel]!;
        }
        for (let column = 0; column < width; column++) {
          const before = line[3 * Math.max(0, column - whole - 1) + channel]!;
          const after = line[3 * Math.min(width - 1, column + whole + 1) + channel]!;
          pixels[start + 3 * column + channel] = (sum + edge * (before + after)) * scale;
          sum += after - line[3 * Math.max(0, column - whole) + channel]!;
        }
      }
    }
  }

  #blurWide(pixels: Uint8ClampedArray, kernel: Int32Array): void {
    const width = this.#width;
    const height = this.#height;
    const stride = 3 * width;
    const radius = (kernel.length - 1) / 2;
    const spare = this.#spare;
    const sums = this.#sums;
    for (let row = 0; row < height; row++) {
      sums.fill(0);
      for (let tap = -radius; tap <= radius; tap++) {
        const weight = kernel[tap + radius]!;
        const from = Math.min(height - 1, Math.max(0, row + tap)) * stride;
        for (let i = 0; i < stride; i++) sums[i] = sums[i]! + weight * pixels[from + i]!;
      }
      const to = row * stride;
      for (let i = 0; i < stride; i++) spare[to + i] = sums[i]! >> 8;
    }
    for (let row = 0; row < height; row++) {
      const start = row * stride;
      sums.fill(0);
      for (let tap = -radius; tap <= radius; tap++) {
        const weight = kernel[tap + radius]!;
        const shift = 3 * tap;
        const first = Math.max(0, -shift);
        const end = Math.min(stride, stride - shift);
        for (let i = 0; i < first; i++) sums[i] = sums[i]! + weight * spare[start + (i % 3)]!;
        for (let i = first; i < end; i++) sums[i] = sums[i]! + weight * spare[start + i + shift]!;
        for (let i = end; i < stride; i++) sums[i] = sums[i]! + weight * spare[start + stride - 3 + (i % 3)]!;
      }
      for (let i = 0; i < stride; i++) pixels[start + i] = sums[i]! >> 8;
    }
  }

  /** The small blur, vignette, tone curve, saturation and noise in one pass. */
  #expose(pixels: Uint8ClampedArray, frameSeed: number, out: Uint8Array): void {
    const width = this.#width;
    const height = this.#height;
    const stride = 3 * width;
    const side = this.#side;
    const middle = 64 - 2 * side;
    const sums = this.#sums;
    const vignette = this.#vignette;
    const [redCurve, greenCurve, blueCurve] = this.#curves;
    const amplitudes = this.#amplitudes;
    const noise = noiseTable(this.#sensor.grain);
    const noiseShift = Math.log2(16 * noiseUnit);
    const rounding = 1 << (noiseShift - 1);
    const saturation = Math.round(256 * this.#sensor.saturation);
    const picture = new Uint8ClampedArray(out.buffer, out.byteOffset, out.length);
    for (let row = 0; row < height; row++) {
      const at = row * stride;
      const above = row > 0 ? at - stride : at;
      const below = row < height - 1 ? at + stride : at;
      for (let i = 0; i < stride; i++) {
        sums[i + 3] = (side * (pixels[above + i]! + pixels[below + i]!) + middle * pixels[at + i]!) >> 2;
      }
      for (let i = 0; i < 3; i++) {
        sums[i] = sums[i + 3]!;
        sums[stride + 3 + i] = sums[stride + i]!;
      }
      let grain = mixSeeds(frameSeed, row) % (noise.length - stride);
      for (let column = 0, i = 0; column < width; column++, i += 3, grain += 3) {
        const dark = vignette[row * width + column]!;
        const r = (side * (sums[i]! + sums[i + 6]!) + middle * sums[i + 3]!) >> 6;
        const g = (side * (sums[i + 1]! + sums[i + 7]!) + middle * sums[i + 4]!) >> 6;
        const b = (side * (sums[i + 2]! + sums[i + 8]!) + middle * sums[i + 5]!) >> 6;
        let red = redCurve[(r * dark) >> 8]!;
        let green = greenCurve[(g * dark) >> 8]!;
        let blue = blueCurve[(b * dark) >> 8]!;
        if (saturation !== 256) {
          const grey = (77 * red + 150 * green + 29 * blue) >> 8;
          red = clampByte(grey + (((red - grey) * saturation) >> 8));
          green = clampByte(grey + (((green - grey) * saturation) >> 8));
          blue = clampByte(grey + (((blue - grey) * saturation) >> 8));
        }
        picture[at + i] = red + ((noise[grain]! * amplitudes[red]! + rounding) >> noiseShift);
        picture[at + i + 1] = green + ((noise[grain + 1]! * amplitudes[green]! + rounding) >> noiseShift);
        picture[at + i + 2] = blue + ((noise[grain + 2]! * amplitudes[blue]! + rounding) >> noiseShift);
      }
    }
  }
}

const clampByte = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);

/** Weights in 256ths that sum to 256. */
function gaussianKernel(sigma: number): Int32Array {
  const radius = Math.ceil(2.5 * sigma);
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const kernel = Int32Array.from(weights, (weight) => Math.round((256 * weight) / total));
  kernel[radius]! += 256 - kernel.reduce((sum, weight) => sum + weight, 0);
  return kernel;
}
