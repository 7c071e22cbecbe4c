import { packRgb, type Rgb } from '../scene/colour.ts';
import type { Light } from '../scene/scene.ts';

const displayGamma = 2.2;

/**
 * What a light makes of a surface. Light adds up linearly, pictures are stored with a gamma, and since both are powers
 * the colour of a lit surface is its own colour times `(light)^(1 / 2.2)`.
 */
export class Illumination {
  /** Unit vector towards the sun. */
  readonly towardsSun: readonly [number, number, number];
  readonly #sun: Rgb;
  readonly #ambient: Rgb;
  readonly #light: Light;

  constructor(light: Light) {
    const level = Math.cos(light.elevationRad);
    this.towardsSun = [
      level * Math.cos(light.azimuthRad),
      level * Math.sin(light.azimuthRad),
      Math.sin(light.elevationRad),
    ];
    const linear = (rgb: Rgb, strength: number): Rgb => [
      strength * (rgb[0] / 255) ** displayGamma,
      strength * (rgb[1] / 255) ** displayGamma,
      strength * (rgb[2] / 255) ** displayGamma,
    ];
    this.#sun = linear(light.sunRgb, light.sun);
    this.#ambient = linear(light.ambientRgb, light.ambient);
    this.#light = light;
  }

  /** The packed colour of a surface with this normal (a unit vector) and colour. */
  shade(nx: number, ny: number, nz: number, rgb: Rgb): number {
    const sun = Math.max(0, nx * this.towardsSun[0] + ny * this.towardsSun[1] + nz * this.towardsSun[2]);
    // The floor reflects less than the sky gives.
    const ambient = 0.72 + 0.28 * nz;
    return packRgb(
      rgb[0] * (this.#ambient[0] * ambient + this.#sun[0] * sun) ** (1 / displayGamma),
      rgb[1] * (this.#ambient[1] * ambient + this.#sun[1] * sun) ** (1 / displayGamma),
      rgb[2] * (this.#ambient[2] * ambient + this.#sun[2] * sun) ** (1 / displayGamma),
    );
  }

  /** For level ground, by channel and by depth of the cast shadow (0 to 255): the factor of its colour, times 256. */
  groundFactors(): readonly [Uint16Array, Uint16Array, Uint16Array] {
    const table = (channel: 0 | 1 | 2): Uint16Array =>
      Uint16Array.from({ length: 256 }, (_, depth) => {
        const sun = this.#sun[channel] * this.towardsSun[2] * (1 - (this.#light.shadow * depth) / 255);
        return Math.round(256 * (this.#ambient[channel] + sun) ** (1 / displayGamma));
      });
    return [table(0), table(1), table(2)];
  }
}
