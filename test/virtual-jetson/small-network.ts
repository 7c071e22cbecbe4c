import { tinyNetwork, yolov8Head } from '../../daemon/perception/testing/tiny-network.ts';

/**
 * A network that answers at once and sees nothing. On an emulated processor the shipped one takes seconds a frame, and a detector
 * that does not answer is ended; here it is the service that is tested.
 */
export function smallNetwork(): Uint8Array {
  return tinyNetwork({
    outputs: [{ name: 'output0', shape: [1, 5, 84], data: yolov8Head(1, 84, []) }],
    metadata: { names: "{0: 'blue cone'}" },
  });
}
