import { type Obstacle, obstacleSizes, type PlacedObstacle, placeObstacles } from './obstacles.ts';
import { createGroundMap, laneLines } from './scene/ground-map.ts';
import { createRandom, mixSeeds } from './scene/random.ts';
import { drivingLook, type Scene, type SceneObject } from './scene/scene.ts';
import type { Track } from './tracks/track.ts';

/** Half the side of a mini-cone's foot, as the renderer draws it by default. */
export const coneRadiusM = 0.035;

export interface SceneOptions {
  readonly seed: number;
  /** Factor on the camera's noise; 1 is the usual. */
  readonly noise?: number;
  readonly obstacles?: readonly Obstacle[];
}

/** What the simulated camera sees of a track: painted borders, cones, obstacles. The seed chooses light and floor. */
export function sceneFromTrack(track: Track, options: SceneOptions): Scene {
  const random = createRandom(mixSeeds(options.seed, 0x5ce9e));
  const cones: SceneObject[] = track.cones.map((cone) => ({
    kind: 'cone',
    ...cone,
    baseRadiusM: coneRadiusM,
    headingRad: random.between(0, Math.PI / 2),
  }));
  const obstacles = placeObstacles(track, options.obstacles ?? []).map(toSceneObject);
  return {
    ground: createGroundMap({
      seed: options.seed,
      lines: laneLines({ left: track.leftBorder, right: track.rightBorder, closed: true }),
    }),
    objects: [...cones, ...obstacles],
    look: drivingLook(options.seed, options.noise ?? 1),
  };
}

function toSceneObject(obstacle: PlacedObstacle): SceneObject {
  const { xM, yM, headingRad } = obstacle;
  switch (obstacle.kind) {
    case 'stop-sign': {
      const { heightM, sizeM } = obstacleSizes['stop-sign'];
      return { kind: 'stop sign', xM, yM, headingRad, heightM, sizeM };
    }
    case 'box': {
      const { lengthM, widthM, heightM } = obstacleSizes.box;
      return {
        kind: 'box',
        xM,
        yM,
        headingRad,
        lengthM,
        widthM,
        heightM,
        rgb: [176, 132, 84],
        tapeRgb: [205, 180, 130],
      };
    }
    case 'person':
      return {
        kind: 'person',
        xM,
        yM,
        headingRad,
        heightM: obstacleSizes.person.heightM,
        skin: [224, 172, 134],
        hair: [60, 42, 30],
        shirt: [190, 46, 52],
        trousers: [44, 58, 96],
        shoes: [30, 30, 32],
        strideRad: 0.25,
        leftArmRad: 0.3,
        rightArmRad: -0.3,
        armSpreadRad: 0.12,
        girth: 1.1,
      };
  }
}
