import type { Rgb } from './colour.ts';
import type { Random } from './random.ts';
import type { Backdrop, Light, Look, Sensor } from './scene.ts';

/** Sun and sky together that show level ground about as it is. */
const fullLight = 1.1;
/** Below this share of full light a small camera has no more gain to give. */
const darkestMetered = 0.2;
/** How much of a difference in brightness the exposure evens out: the picture of a dim room is still a dim picture. */
const meteredShare = 0.8;

function anyRgb(random: Random, low: number, high: number): Rgb {
  return [random.between(low, high), random.between(low, high), random.between(low, high)];
}

/** Near white, a little to one side. */
function tint(random: Random, depth: number): Rgb {
  return [
    255 * (1 - depth * random.next()),
    255 * (1 - 0.5 * depth * random.next()),
    255 * (1 - depth * random.next()),
  ];
}

function randomLight(random: Random): Light {
  const mood = random.pick(['overcast', 'sunny', 'sunny', 'harsh', 'lamps', 'lamps', 'dim'] as const);
  const common = {
    azimuthRad: random.between(0, 2 * Math.PI),
    sunRgb: tint(random, 0.25),
    ambientRgb: tint(random, 0.25),
    contactShadow: random.between(0.1, 0.85),
  };
  switch (mood) {
    case 'overcast':
      return {
        ...common,
        elevationRad: random.between(0.9, 1.5),
        sun: random.between(0, 0.25),
        ambient: random.between(0.6, 1),
        shadow: random.between(0, 0.5),
        penumbra: random.between(0.2, 0.6),
      };
    case 'sunny':
      return {
        ...common,
        elevationRad: random.between(0.35, 1.4),
        sun: random.between(0.5, 1),
        ambient: random.between(0.25, 0.55),
        shadow: random.between(0.6, 1),
        penumbra: random.between(0.02, 0.15),
      };
    case 'harsh':
      return {
        ...common,
        elevationRad: random.between(0.2, 1.2),
        sun: random.between(0.9, 1.6),
        ambient: random.between(0.08, 0.25),
        shadow: random.between(0.8, 1),
        penumbra: random.between(0.01, 0.08),
      };
    case 'lamps':
      return {
        ...common,
        elevationRad: random.between(0.6, 1.5),
        sun: random.between(0.3, 0.8),
        ambient: random.between(0.3, 0.7),
        shadow: random.between(0.2, 0.8),
        penumbra: random.between(0.1, 0.5),
      };
    case 'dim':
      return {
        ...common,
        elevationRad: random.between(0.5, 1.5),
        sun: random.between(0.1, 0.3),
        ambient: random.between(0.1, 0.3),
        shadow: random.between(0.2, 0.9),
        penumbra: random.between(0.05, 0.4),
      };
  }
}

function randomBackdrop(random: Random): Backdrop {
  const kind = random.pick(['sky', 'sky', 'room', 'room', 'room', 'room', 'noise', 'plain'] as const);
  const seed = random.whole(0, 0x7fffffff);
  const busy = random.next();
  switch (kind) {
    case 'sky': {
      const bright = random.between(0.5, 1);
      return {
        kind,
        seed,
        busy,
        upper: [random.between(60, 200) * bright, random.between(110, 215) * bright, random.between(170, 250) * bright],
        lower: [
          random.between(170, 250) * bright,
          random.between(180, 250) * bright,
          random.between(180, 250) * bright,
        ],
      };
    }
    case 'room': {
      const wall = random.chance(0.7) ? random.between(110, 235) : random.between(25, 120);
      const tone = anyRgb(random, -28, 20);
      const lower: Rgb = [wall + tone[0], wall + tone[1], wall + tone[2]];
      const upper: Rgb = random.chance(0.5) ? lower : anyRgb(random, 60, 245);
      return { kind, seed, busy, upper, lower };
    }
    case 'noise':
    case 'plain':
      return { kind, seed, busy, upper: anyRgb(random, 10, 245), lower: anyRgb(random, 10, 245) };
  }
}

/** What a camera's automatic exposure makes of a light: it nearly evens it out, with an error of its own. */
function meteredExposure(random: Random, light: Light): number {
  const levelGround = (light.ambient + light.sun * Math.sin(light.elevationRad)) / fullLight;
  return Math.exp(random.between(-0.45, 0.45)) / Math.max(levelGround, darkestMetered) ** meteredShare;
}

function randomSensor(random: Random, light: Light): Sensor {
  const isNoisy = random.chance(0.4);
  const isBlurred = random.chance(0.3);
  return {
    exposure: meteredExposure(random, light),
    whiteBalance: [random.between(212, 255), random.between(228, 255), random.between(205, 255)],
    gamma: Math.exp(random.between(-0.3, 0.35)),
    saturation: random.chance(0.3) ? 1 : random.between(0.55, 1.4),
    vignette: random.chance(0.3) ? 0 : random.between(0, 0.5),
    defocusPx: isBlurred ? random.between(0.8, 2) : random.between(0.2, 0.8),
    exposureTimeS: random.chance(0.3) ? 0 : random.between(0.001, 0.02),
    readNoise: isNoisy ? random.between(2, 9) : random.between(0.2, 2),
    shotNoise: isNoisy ? random.between(2, 12) : random.between(0.5, 4),
    grain: random.pick(['fine', 'coarse'] as const),
  };
}

/** Any light, any place, any camera: what a network must not depend on. */
export function randomLook(random: Random): Look {
  const light = randomLight(random);
  return { light, backdrop: randomBackdrop(random), sensor: randomSensor(random, light) };
}
