import { usbCamera } from '../../daemon/car/vehicles/common.ts';
import { type TinyBox, tinyNetwork, yolov8Head } from '../../daemon/perception/testing/tiny-network.ts';
import { type CameraGeometry, carPointToPixel } from '../../daemon/protocol/camera-geometry.ts';

const inputPx = 64;
const names = ['blue cone', 'yellow cone'];
/** Of the preset, at the size that car.yaml asks for. */
const camera: CameraGeometry = { ...usbCamera, widthPx: 320, heightPx: 180 };
const cone = { heightM: 0.1, footRadiusM: 0.045 } as const;
/** A straight way, 1 m wide. */
const rowsAheadM = [0.9, 1.3, 1.8, 2.4, 3.1];
const sides = [
  { classId: 0, yM: 0.5 },
  { classId: 1, yM: -0.5 },
] as const;

/**
 * A network that answers at once and sees the same straight way in every picture, so that a car drives itself by it. On an
 * emulated processor the shipped one takes seconds a frame, and a detector that does not answer is ended; here it is the service
 * that is tested.
 */
export function smallNetwork(): Uint8Array {
  const boxes = rowsAheadM.flatMap((xM) => sides.map(({ classId, yM }) => coneBox(xM, yM, classId)));
  return tinyNetwork({
    inputs: [{ name: 'images', shape: [1, 3, inputPx, inputPx] }],
    outputs: [{ name: 'output0', shape: [1, 4 + names.length, 84], data: yolov8Head(names.length, 84, boxes) }],
    metadata: { names: `{${names.map((name, index) => `${index}: '${name}'`).join(', ')}}` },
  });
}

/** As the camera sees a cone, in the network's pixels: the picture fills its width, and its middle. */
function coneBox(xM: number, yM: number, classId: number): TinyBox {
  const nearRim = { xM: xM - cone.footRadiusM, yM, zM: 0 };
  const foot = carPointToPixel(camera, nearRim);
  const left = carPointToPixel(camera, { ...nearRim, yM: yM + cone.footRadiusM });
  const top = carPointToPixel(camera, { xM, yM, zM: cone.heightM });
  if (foot === undefined || left === undefined || top === undefined) throw new Error('a cone behind the camera');
  const scale = inputPx / camera.widthPx;
  const aboveItPx = (inputPx - camera.heightPx * scale) / 2;
  return {
    centreX: foot.xPx * scale,
    centreY: ((foot.yPx + top.yPx) / 2) * scale + aboveItPx,
    width: 2 * (foot.xPx - left.xPx) * scale,
    height: (foot.yPx - top.yPx) * scale,
    classId,
    score: 0.9,
  };
}
