// A camera program for tests: fake-camera.mjs MODE FRAMING WIDTH HEIGHT FPS. Its pictures are one grey level, which
// grows by one each frame. Modes: stream, die-after-3, freeze, same-time, hang, rubbish, ignore-signals, other-clock,
// cover (black after 3), half-frame, some (which ends after 6), mute (which writes nothing and ignores signals).
const [mode, framing, width, height, framesPerSecond] = process.argv.slice(2);
const widthPx = Number(width);
const heightPx = Number(height);
const monotonicNowMs = () => Number(process.hrtime.bigint()) / 1e6;
console.error(`fake camera: ${mode}`);

if (mode === 'ignore-signals' || mode === 'mute')
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
if (mode === 'rubbish') process.stdout.write('usage: camera [options]\n'.repeat(20));

function header(frameId, capturedAtMs) {
  const bytes = Buffer.alloc(32);
  bytes.write('JCF1', 0, 'latin1');
  bytes.writeUInt32LE(frameId, 4);
  bytes.writeDoubleLE(capturedAtMs, 8);
  bytes.writeUInt32LE(widthPx, 16);
  bytes.writeUInt32LE(heightPx, 20);
  bytes.writeUInt32LE(widthPx * heightPx * 3, 24);
  return bytes;
}

const startedAtMs = monotonicNowMs();
let frameId = 0;
const timer = setInterval(() => {
  if (mode === 'mute' || (mode === 'hang' && frameId >= 3)) return;
  const capturedAtMs = mode === 'other-clock' ? Date.now() : mode === 'same-time' ? startedAtMs : monotonicNowMs();
  const level = mode === 'freeze' ? Math.min(frameId, 3) : frameId;
  // Never dark, unless the lens is covered.
  const isCovered = mode === 'cover' && frameId >= 3;
  const pixels = Buffer.alloc(widthPx * heightPx * 3, isCovered ? level % 3 : 32 + (level % 200));
  if (framing === 'stamped') process.stdout.write(header(frameId, capturedAtMs));
  process.stdout.write(mode === 'half-frame' && frameId === 2 ? pixels.subarray(0, 100) : pixels);
  frameId++;
  if (mode === 'some' && frameId === 6) {
    clearInterval(timer);
    process.stdout.end(() => process.exit(0));
  }
  if ((mode === 'die-after-3' || mode === 'half-frame') && frameId === 3) {
    console.error('fake camera: \u001b[31msensor\u001b[0m not found');
    clearInterval(timer);
    process.stdout.end(() => process.exit(3));
  }
}, 1000 / Number(framesPerSecond));
process.stdout.on('error', () => process.exit(0));
