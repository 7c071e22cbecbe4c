import type { GroundPoint } from '../../protocol/geometry.ts';
import type { Rgb } from './colour.ts';
import type { GroundMap } from './ground-map.ts';

/** What the camera can look at. World axes: x and y on the ground, z up, metres and radians. */
export interface Scene {
  readonly ground: GroundMap;
  readonly objects: readonly SceneObject[];
  readonly look: Look;
}

export type SceneObject = Cone | StopSign | Person | CardboardBox | Clutter;
export type ConeColour = 'blue' | 'yellow' | 'orange';

/** A ring of another colour round a cone; shares of its height. */
export interface Stripe {
  readonly from: number;
  readonly to: number;
  readonly rgb: Rgb;
}

export interface Cone extends GroundPoint {
  readonly kind: 'cone';
  readonly colour: ConeColour;
  /** Default 0.10. */
  readonly heightM?: number;
  /** Half the side of a square base, radius of a round one. Default 0.035. */
  readonly baseRadiusM?: number;
  /** Default `square`. */
  readonly base?: 'square' | 'round' | 'none';
  /** Radius at the top as a share of the radius at the bottom. Default 0.25. */
  readonly taper?: number;
  /** Default: the colour's usual plastic. */
  readonly rgb?: Rgb;
  /** Default: one white band. */
  readonly stripes?: readonly Stripe[];
  readonly headingRad?: number;
  /** Leaning over towards the heading; 0 stands, about 1.4 lies on the ground. */
  readonly tiltRad?: number;
}

/** Labelled whole, pole and all, so that the box's lower edge stands on the ground as every other object's does. */
export interface StopSign extends GroundPoint {
  readonly kind: 'stop sign';
  /** Where its face looks. */
  readonly headingRad: number;
  /** Upper edge above the ground. */
  readonly heightM: number;
  /** Across the octagon. */
  readonly sizeM: number;
  readonly rgb?: Rgb;
  readonly poleRgb?: Rgb;
}

export interface Person extends GroundPoint {
  readonly kind: 'person';
  readonly headingRad: number;
  /** 0.15 (a toy) to 1.8. */
  readonly heightM: number;
  readonly skin: Rgb;
  readonly hair: Rgb;
  readonly shirt: Rgb;
  readonly trousers: Rgb;
  readonly shoes: Rgb;
  /** Half the angle between the legs. */
  readonly strideRad: number;
  /** Each arm forward (+) or back, and away from the body. */
  readonly leftArmRad: number;
  readonly rightArmRad: number;
  readonly armSpreadRad: number;
  /** 1 is slim, 1.4 is stout. */
  readonly girth: number;
}

export interface CardboardBox extends GroundPoint {
  readonly kind: 'box';
  readonly headingRad: number;
  readonly lengthM: number;
  readonly widthM: number;
  readonly heightM: number;
  readonly rgb: Rgb;
  /** Absent: no tape. */
  readonly tapeRgb?: Rgb;
}

/** One ring of a turned body: radius at a height. */
export interface ProfileRing {
  readonly zM: number;
  readonly radiusM: number;
  /** Of the surface from here up to the next ring. */
  readonly rgb: Rgb;
}

/** Things without a label, there so that a detector learns what is not a cone. */
export type Clutter =
  | (GroundPoint & {
      readonly kind: 'clutter';
      readonly shape: 'turned';
      readonly profile: readonly ProfileRing[];
      readonly headingRad: number;
      readonly tiltRad: number;
    })
  | (GroundPoint & {
      readonly kind: 'clutter';
      readonly shape: 'block';
      readonly headingRad: number;
      readonly lengthM: number;
      readonly widthM: number;
      readonly bottomM: number;
      readonly topM: number;
      readonly rgb: Rgb;
      /** Differences between neighbouring patches of its faces, 0 to 1. */
      readonly patchwork: number;
      readonly seed: number;
    })
  | (GroundPoint & {
      readonly kind: 'clutter';
      readonly shape: 'sheet';
      readonly headingRad: number;
      readonly lengthM: number;
      readonly widthM: number;
      readonly rgb: Rgb;
    })
  | {
      readonly kind: 'clutter';
      readonly shape: 'cable';
      readonly points: readonly GroundPoint[];
      readonly widthM: number;
      readonly rgb: Rgb;
    };

/** How the light falls and what the camera makes of it. */
export interface Look {
  readonly light: Light;
  readonly backdrop: Backdrop;
  readonly sensor: Sensor;
}

export interface Light {
  /** Where the sun (or the lamp) stands. */
  readonly azimuthRad: number;
  /** Above the horizon, 0.1 to pi / 2. */
  readonly elevationRad: number;
  /** 1 with ambient 0.3 lights level ground about fully. */
  readonly sun: number;
  readonly ambient: number;
  readonly sunRgb: Rgb;
  readonly ambientRgb: Rgb;
  /** How much of the sun a cast shadow takes away, 0 to 1. */
  readonly shadow: number;
  /** Darkness right under things, 0 to 1. */
  readonly contactShadow: number;
  /** Width of a shadow's edge as a share of what casts it. */
  readonly penumbra: number;
}

/** What stands behind everything, painted on a cylinder so far away that it only turns. */
export interface Backdrop {
  readonly kind: 'sky' | 'room' | 'noise' | 'plain';
  readonly seed: number;
  readonly upper: Rgb;
  readonly lower: Rgb;
  /** Buildings, trees, furniture, windows: how many, 0 to 1. */
  readonly busy: number;
}

export interface Sensor {
  readonly exposure: number;
  readonly whiteBalance: Rgb;
  /** 1 leaves contrast as it is; above 1 is darker in the middle. */
  readonly gamma: number;
  /** 1 leaves colours as they are. */
  readonly saturation: number;
  /** Darkening at the corners, 0 to 1. */
  readonly vignette: number;
  /** Standard deviation of the blur, pixels of the picture. */
  readonly defocusPx: number;
  /** How long the shutter is open: motion blur. */
  readonly exposureTimeS: number;
  /** Standard deviations in grey levels: of black, and what full white adds. */
  readonly readNoise: number;
  readonly shotNoise: number;
  /** `coarse` noise has the grain that demosaicing leaves. */
  readonly grain: 'fine' | 'coarse';
}

/** Deterministic daylight in a hall, for driving. The seed moves the sun and the backdrop; `noise` scales the sensor's noise. */
export function drivingLook(seed = 1, noise = 1): Look {
  return {
    light: {
      azimuthRad: 0.9 + (seed % 7) * 0.6,
      elevationRad: 0.95,
      sun: 0.75,
      ambient: 0.45,
      sunRgb: [255, 246, 230],
      ambientRgb: [225, 235, 255],
      shadow: 0.75,
      contactShadow: 0.55,
      penumbra: 0.12,
    },
    backdrop: { kind: 'room', seed, upper: [214, 218, 222], lower: [186, 190, 196], busy: 0.5 },
    sensor: {
      exposure: 1,
      whiteBalance: [255, 253, 248],
      gamma: 1,
      saturation: 1,
      vignette: 0.25,
      defocusPx: 0.55,
      exposureTimeS: 0.008,
      readNoise: 1.2 * noise,
      shotNoise: 2.5 * noise,
      grain: 'fine',
    },
  };
}
