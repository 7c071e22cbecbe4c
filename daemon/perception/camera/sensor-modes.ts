import { UserError } from '../../platform/user-error.ts';
import { describeModes, type WantedMode } from './video-modes.ts';

/** Of the IMX219 (Raspberry Pi camera v2), which all Nano kits use, as nvarguscamerasrc lists them; the rate is the highest. */
const sensorModes: readonly WantedMode[] = [
  { widthPx: 1280, heightPx: 720, framesPerSecond: 60 },
  { widthPx: 1280, heightPx: 720, framesPerSecond: 120 },
  { widthPx: 1640, heightPx: 1232, framesPerSecond: 30 },
  { widthPx: 1920, heightPx: 1080, framesPerSecond: 30 },
  { widthPx: 3264, heightPx: 1848, framesPerSecond: 28 },
  { widthPx: 3264, heightPx: 2464, framesPerSecond: 21 },
];
/** 3264x2464 is not quite 4:3, and nobody sees it. */
const sameShape = 0.01;

/**
 * The smallest mode of the sensor that has the pixels, the rate and the shape: scaled from another shape everything would be
 * squeezed, and cones would stand where they are not.
 * @throws UserError with the list of what would be right.
 */
export function chooseSensorMode(wanted: WantedMode): WantedMode {
  const shape = ({ widthPx, heightPx }: WantedMode) => widthPx / heightPx;
  const area = ({ widthPx, heightPx }: WantedMode) => widthPx * heightPx;
  const [best] = sensorModes
    .filter((mode) => Math.abs(shape(mode) / shape(wanted) - 1) <= sameShape)
    .filter((mode) => mode.widthPx >= wanted.widthPx && mode.framesPerSecond >= wanted.framesPerSecond)
    .sort((one, other) => area(one) - area(other) || one.framesPerSecond - other.framesPerSecond);
  if (best !== undefined) return best;
  throw new UserError(
    `the CSI camera has no ${wanted.widthPx}x${wanted.heightPx} pictures at ${wanted.framesPerSecond} a second. It has ` +
      `${describeModes(sensorModes)}, each also scaled down (640x360, 640x480) and slower. ` +
      'Change camera.widthPx, camera.heightPx and camera.framesPerSecond.',
  );
}
