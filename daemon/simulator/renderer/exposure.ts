import type { CameraGeometry } from '../../protocol/camera-geometry.ts';
import type { Sensor } from '../scene/scene.ts';
import { noiseTable, noiseUnit } from './sensor-noise.ts';

/** Full white as 10 bits of light hold it. */
const white = 1020;
/** Noise amplitudes are in 16ths of a grey level, the noise in units of its deviation. */
const noiseShift = Math.log2(16 * noiseUnit);
const noiseRounding = 1 << (noiseShift - 1);

export interface Exposure {
  /**
   * A row of the picture from a row of light (10 bits a channel, red and blue packed; a pixel to spare on either side):
   * blur sideways, vignette, tone curve, saturation, noise.
   * @param side a neighbour's weight in the blur, in 64ths
   */
  expose(
    redBlue: Int32Array,
    green: Int32Array,
    row: number,
    side: number,
    noiseSeed: number,
    picture: Uint8ClampedArray,
  ): void;
}

/** Light in, display value out: exposure and white balance in linear light, a soft shoulder, gamma. */
function toneCurve(sensor: Sensor, channel: 0 | 1 | 2): Uint8Array {
  const gain = sensor.exposure * (sensor.whiteBalance[channel] / 255) ** 2.2;
  const shoulder = 0.8;
  return Uint8Array.from({ length: white + 4 }, (_, value) => {
    let linear = gain * (Math.min(white, value) / white) ** 2.2;
    if (linear > shoulder) linear = shoulder + (1 - shoulder) * (1 - Math.exp((shoulder - linear) / (1 - shoulder)));
    return Math.round(255 * linear ** (sensor.gamma / 2.2));
  });
}

/** Fades as the square of the distance from the middle; 256 is none. */
function vignetteTable(camera: CameraGeometry, depth: number): Uint16Array {
  const { widthPx, heightPx } = camera;
  const table = new Uint16Array(widthPx * heightPx);
  const perSquare = (256 * 4 * depth) / (widthPx ** 2 + heightPx ** 2);
  for (let row = 0, at = 0; row < heightPx; row++) {
    const dy = row + 0.5 - heightPx / 2;
    for (let column = 0; column < widthPx; column++, at++) {
      const dx = column + 0.5 - widthPx / 2;
      table[at] = 256 - perSquare * (dx * dx + dy * dy);
    }
  }
  return table;
}

export function createExposure(camera: CameraGeometry, sensor: Sensor): Exposure {
  const width = camera.widthPx;
  const redCurve = toneCurve(sensor, 0);
  const greenCurve = toneCurve(sensor, 1);
  const blueCurve = toneCurve(sensor, 2);
  const vignette = vignetteTable(camera, sensor.vignette);
  const amplitudes = Int32Array.from({ length: 256 }, (_, value) =>
    Math.round(16 * Math.sqrt(sensor.readNoise ** 2 + (sensor.shotNoise ** 2 * value) / 255)),
  );
  const noise = noiseTable(sensor.grain);
  const places = noise.length - 3 * width;
  const saturation = Math.round(256 * sensor.saturation);
  return {
    expose(redBlue, green, row, side, noiseSeed, picture) {
      const middle = 64 - 2 * side;
      let at = row * width;
      let to = 3 * at;
      let grain = (noiseSeed % places) | 0;
      for (let i = 1; i <= width; i++) {
        const dark = vignette[at]!;
        const light = Math.imul(side, redBlue[i - 1]! + redBlue[i + 1]!) + Math.imul(middle, redBlue[i]!);
        const greenLight = Math.imul(side, green[i - 1]! + green[i + 1]!) + Math.imul(middle, green[i]!);
        let r = redCurve[Math.imul((light & 0xffff) >> 6, dark) >> 8]!;
        let g = greenCurve[Math.imul(greenLight >> 6, dark) >> 8]!;
        let b = blueCurve[Math.imul(light >>> 22, dark) >> 8]!;
        if (saturation !== 256) {
          const grey = (77 * r + 150 * g + 29 * b) >> 8;
          r = Math.max(0, Math.min(255, grey + (Math.imul(r - grey, saturation) >> 8)));
          g = Math.max(0, Math.min(255, grey + (Math.imul(g - grey, saturation) >> 8)));
          b = Math.max(0, Math.min(255, grey + (Math.imul(b - grey, saturation) >> 8)));
        }
        picture[to] = r + ((Math.imul(noise[grain]!, amplitudes[r]!) + noiseRounding) >> noiseShift);
        picture[to + 1] = g + ((Math.imul(noise[grain + 1]!, amplitudes[g]!) + noiseRounding) >> noiseShift);
        picture[to + 2] = b + ((Math.imul(noise[grain + 2]!, amplitudes[b]!) + noiseRounding) >> noiseShift);
        at++;
        to += 3;
        grain += 3;
      }
    },
  };
}
