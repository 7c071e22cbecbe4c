import { hsvToRgb, type Rgb } from './colour.ts';
import type { Random } from './random.ts';
import type { CardboardBox, Cone, ConeColour, Person, StopSign, Stripe } from './scene.ts';

/** Hue in degrees, saturation and value: what still is called by that colour. */
const coneColours: Readonly<Record<ConeColour, readonly (readonly [low: number, high: number])[]>> = {
  blue: [
    [205, 240],
    [0.6, 1],
    [0.35, 0.95],
  ],
  yellow: [
    [46, 59],
    [0.65, 1],
    [0.7, 1],
  ],
  orange: [
    [14, 27],
    [0.75, 1],
    [0.72, 1],
  ],
};

function randomConeRgb(random: Random, colour: ConeColour): Rgb {
  const [hue, saturation, value] = coneColours[colour].map(([low, high]) => random.between(low, high));
  return hsvToRgb(hue!, saturation!, value!);
}

/** What the cones of one scene have in common: one maker's cones, of one size. */
export interface ConeStyle {
  readonly heightM: number;
  readonly baseShare: number;
  readonly taper: number;
  readonly base: 'square' | 'round' | 'none';
  readonly rgb: Readonly<Record<ConeColour, Rgb>>;
  readonly stripes: Readonly<Record<ConeColour, readonly Stripe[]>>;
}

function randomStripes(random: Random): readonly Stripe[] {
  const kind = random.pick(['none', 'none', 'white', 'white', 'white', 'black', 'two'] as const);
  const white: Rgb = [random.between(205, 250), random.between(205, 250), random.between(205, 250)];
  const black: Rgb = [random.between(10, 45), random.between(10, 45), random.between(10, 45)];
  const from = random.between(0.25, 0.55);
  const to = from + random.between(0.1, 0.32);
  switch (kind) {
    case 'none':
      return [];
    case 'white':
      return [{ from, to, rgb: white }];
    case 'black':
      return [{ from, to, rgb: black }];
    case 'two':
      return [
        { from: 0.22, to: 0.38, rgb: white },
        { from: 0.55, to: 0.72, rgb: white },
      ];
  }
}

export function randomConeStyle(random: Random): ConeStyle {
  const shared = randomStripes(random);
  const stripes = (): readonly Stripe[] => (random.chance(0.6) ? shared : randomStripes(random));
  return {
    heightM: random.chance(0.35) ? random.between(0.09, 0.11) : random.between(0.05, 0.2),
    baseShare: random.between(0.26, 0.5),
    taper: random.between(0.08, 0.45),
    base: random.pick(['square', 'square', 'round', 'none'] as const),
    rgb: {
      blue: randomConeRgb(random, 'blue'),
      yellow: randomConeRgb(random, 'yellow'),
      orange: randomConeRgb(random, 'orange'),
    },
    stripes: { blue: stripes(), yellow: stripes(), orange: stripes() },
  };
}

/** @param options.fallen chance that it lies on its side */
export function randomCone(
  random: Random,
  style: ConeStyle,
  options: { readonly colour: ConeColour; readonly xM: number; readonly yM: number; readonly fallen: number },
): Cone {
  const heightM = style.heightM * random.between(0.97, 1.03);
  const isFallen = random.chance(options.fallen);
  const dirt = random.between(0.88, 1.06);
  const [red, green, blue] = style.rgb[options.colour];
  return {
    kind: 'cone',
    colour: options.colour,
    xM: options.xM,
    yM: options.yM,
    heightM,
    baseRadiusM: style.baseShare * heightM,
    base: style.base,
    taper: style.taper,
    rgb: [Math.min(255, red * dirt), Math.min(255, green * dirt), Math.min(255, blue * dirt)],
    stripes: style.stripes[options.colour],
    headingRad: random.between(0, 2 * Math.PI),
    tiltRad: isFallen ? random.between(1.25, 1.4) : random.chance(0.1) ? random.between(0, 0.25) : 0,
  };
}

/** @param facingRad the heading from the sign to the camera */
export function randomStopSign(
  random: Random,
  options: { readonly xM: number; readonly yM: number; readonly facingRad: number; readonly distanceM: number },
): StopSign {
  const turnedAway = random.chance(0.08) ? Math.PI : 0;
  const sizeM = random.chance(0.6) ? random.between(0.05, 0.14) : random.between(0.1, 0.3 + 0.1 * options.distanceM);
  return {
    kind: 'stop sign',
    xM: options.xM,
    yM: options.yM,
    headingRad: options.facingRad + turnedAway + random.between(-0.95, 0.95),
    sizeM,
    heightM: sizeM * random.between(1.15, 3.2),
    rgb: hsvToRgb(random.between(350, 366) % 360, random.between(0.75, 1), random.between(0.5, 0.95)),
    poleRgb: random.chance(0.5)
      ? [150, 150, 152]
      : [random.between(30, 230), random.between(30, 230), random.between(30, 230)],
  };
}

function clothRgb(random: Random): Rgb {
  if (random.chance(0.35)) {
    const grey = random.between(15, 230);
    return [grey, grey, grey + random.between(-10, 15)];
  }
  return hsvToRgb(random.between(0, 360), random.between(0.15, 1), random.between(0.15, 0.95));
}

const skins: readonly Rgb[] = [
  [242, 206, 180],
  [224, 176, 142],
  [196, 142, 104],
  [150, 100, 70],
  [98, 64, 46],
];
const hairs: readonly Rgb[] = [
  [28, 22, 18],
  [70, 46, 30],
  [130, 92, 52],
  [206, 170, 104],
  [160, 158, 156],
];

/** Of 0.15 to 1.8 m, standing or walking, at a place of the ground. */
export function randomPerson(random: Random, options: { readonly xM: number; readonly yM: number }): Person {
  const isStill = random.chance(0.4);
  return {
    kind: 'person',
    xM: options.xM,
    yM: options.yM,
    headingRad: random.between(0, 2 * Math.PI),
    heightM: random.chance(0.6) ? random.between(0.15, 0.4) : Math.exp(random.between(Math.log(0.3), Math.log(1.8))),
    skin: random.pick(skins),
    hair: random.pick(hairs),
    shirt: clothRgb(random),
    trousers: clothRgb(random),
    shoes: clothRgb(random),
    strideRad: isStill ? random.between(0, 0.08) : random.between(-0.5, 0.5),
    leftArmRad: isStill ? random.between(-0.1, 0.2) : random.between(-0.7, 1.6),
    rightArmRad: isStill ? random.between(-0.1, 0.2) : random.between(-0.7, 1.6),
    armSpreadRad: random.between(0.08, random.chance(0.2) ? 1.4 : 0.4),
    girth: random.between(0.85, 1.4),
  };
}

/** With sides of 0.05 to 0.4 m, cardboard or coloured, at a place of the ground. */
export function randomBox(random: Random, options: { readonly xM: number; readonly yM: number }): CardboardBox {
  const sizeM = Math.exp(random.between(Math.log(0.06), Math.log(0.35)));
  const side = (): number => Math.min(0.4, Math.max(0.05, sizeM * random.between(0.6, 1.4)));
  const isCardboard = random.chance(0.75);
  return {
    kind: 'box',
    xM: options.xM,
    yM: options.yM,
    headingRad: random.between(0, 2 * Math.PI),
    lengthM: side(),
    widthM: side(),
    heightM: side(),
    rgb: isCardboard
      ? hsvToRgb(random.between(22, 38), random.between(0.25, 0.6), random.between(0.4, 0.85))
      : hsvToRgb(random.between(0, 360), random.between(0, 0.45), random.between(0.3, 0.95)),
    ...(random.chance(0.65)
      ? { tapeRgb: hsvToRgb(random.between(25, 50), random.between(0, 0.5), random.between(0.5, 0.95)) }
      : {}),
  };
}
