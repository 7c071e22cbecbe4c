import { describeCamera, testSize } from '../../../daemon/perception/camera/camera-reader.contract.ts';

/** GStreamer on the kernel's camera: frames come through V4L2's buffers, as from a USB camera. */
const fromDevice = (limit: string) => [
  ...`gst-launch-1.0 -q v4l2src device=/dev/video0${limit} !`.split(' '),
  ...'video/x-raw,format=YUY2,width=320,height=180 ! videoscale ! videoconvert !'.split(' '),
  ...`video/x-raw,format=RGB,width=${testSize.widthPx},height=${testSize.heightPx} ! fdsink fd=1`.split(' '),
];

describeCamera({
  name: '/dev/video0 of the kernel, by GStreamer',
  framing: 'raw',
  endless: fromDevice(''),
  short: fromDevice(' num-buffers=6'),
});
