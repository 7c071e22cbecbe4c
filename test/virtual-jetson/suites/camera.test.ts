import { expect, test } from 'vitest';
import { describeCamera, testSize } from '../../../daemon/perception/camera/camera-reader.contract.ts';
import { type CameraFrame, startCameraReader } from '../../../daemon/perception/camera/camera-reader.ts';
import { resolveCamera } from '../../../daemon/perception/camera/resolve-camera.ts';
import { monotonicNowMs } from '../../../daemon/platform/clock.ts';
import { UserError } from '../../../daemon/platform/user-error.ts';

const device = '/dev/video0';
/** GStreamer on the kernel's camera: frames come through V4L2's buffers, as from a USB camera. */
const fromDevice = (limit: string) => [
  ...`gst-launch-1.0 -q v4l2src device=${device}${limit} !`.split(' '),
  ...'video/x-raw,format=YUY2,width=320,height=180 ! videoscale ! videoconvert !'.split(' '),
  ...`video/x-raw,format=RGB,width=${testSize.widthPx},height=${testSize.heightPx} ! fdsink fd=1`.split(' '),
];

describeCamera({
  name: `${device} of the kernel, by GStreamer`,
  framing: 'raw',
  endless: fromDevice(''),
  short: fromDevice(' num-buffers=6'),
});

test('named alone it is asked for its modes, and gives pictures of the size that was chosen', async () => {
  const wanted = { widthPx: 320, heightPx: 180, framesPerSecond: 10 } as const;
  const plan = await resolveCamera(device, wanted);
  if (plan === undefined) throw new Error('a device has a program');
  let got: (size: Pick<CameraFrame, 'widthPx' | 'heightPx'> & { readonly bytes: number }) => void = () => {};
  const first = new Promise<Parameters<typeof got>[0]>((resolve) => {
    got = resolve;
  });
  const reader = startCameraReader({
    camera: { ...wanted, captureOffsetMs: 0, ...plan, command: [...plan.command] },
    nowMs: monotonicNowMs,
    onFrame() {
      const frame = reader.takeNewest();
      if (frame === undefined) return;
      got({ widthPx: frame.widthPx, heightPx: frame.heightPx, bytes: frame.rgb.length });
      frame.release();
    },
    onState: () => {},
    onProgramLine: () => {},
  });
  try {
    expect(await first).toEqual({ widthPx: 320, heightPx: 180, bytes: 320 * 180 * 3 });
  } finally {
    await reader.stop();
  }
});

test('a size that it has not is refused with those that it has', async () => {
  const refused = resolveCamera(device, { widthPx: 640, heightPx: 400, framesPerSecond: 30 });
  await expect(refused).rejects.toBeInstanceOf(UserError);
  await expect(refused).rejects.toThrow(/\/dev\/video0 has no 640x400 pictures\. It has .*640x360/);
});
