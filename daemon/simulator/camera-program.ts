import { createWriteStream, fstatSync } from 'node:fs';
import { createConnection, Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { monotonicNowMs } from '../platform/clock.ts';
import { parseJson, readLines, writeJsonLine } from '../platform/line-channel.ts';
import { createLogger } from '../platform/log.ts';
import { UserError } from '../platform/user-error.ts';
import { simulatorAnswerSchema } from '../protocol/simulator-messages.ts';
import { encodeStampedFrameHeader } from '../protocol/stamped-frame.ts';
import { createRenderer, type Renderer, type View } from './renderer/renderer.ts';
import { mixSeeds } from './scene/random.ts';
import { sceneFromTrack } from './scene-from-track.ts';
import { parseSimulatorOptions, type SimulatorOptions } from './simulator-options.ts';
import { loadTrack } from './tracks/load-track.ts';

/**
 * The simulated camera: asks the simulator where the car is, draws what it sees from there, and writes stamped frames
 * to its standard output, as a real camera program does. A frame whose predecessor is still being written is not
 * taken at all: nothing queues.
 */
const log = createLogger('camera');

function end(code: number): never {
  process.exit(code);
}

/** Standard output that never blocks: Node's own is synchronous for pipes, and would hold the process on a slow reader. */
function openOutput(): Writable {
  const output = fstatSync(1);
  const isPipe = output.isFIFO() || output.isSocket();
  return isPipe ? new Socket({ fd: 1, readable: false, writable: true }) : createWriteStream('', { fd: 1 });
}

function createFrameWriter(output: Writable, renderer: Renderer, seed: number) {
  const { widthPx, heightPx } = renderer;
  const pixels = new Uint8Array(widthPx * heightPx * 3);
  let isWriting = false;
  return {
    get isWriting() {
      return isWriting;
    },
    write(frameId: number, capturedAtMs: number, view: View): void {
      renderer.render(view, mixSeeds(seed, frameId), pixels);
      isWriting = true;
      output.cork();
      output.write(encodeStampedFrameHeader({ frameId, capturedAtMs, widthPx, heightPx, lengthBytes: pixels.length }));
      output.write(pixels, () => {
        isWriting = false;
      });
      output.uncork();
    },
  };
}

function run(options: SimulatorOptions): void {
  const track = loadTrack(options.track, {
    reverse: options.reverse,
    ...(options.scale !== undefined && { scale: options.scale }),
  });
  const scene = sceneFromTrack(track, { seed: options.seed, noise: options.noise, obstacles: options.obstacles });
  const output = openOutput();
  output.on('error', () => end(0));
  const frames = createFrameWriter(output, createRenderer(scene, options.config.camera), options.seed);
  const periodMs = 1000 / options.config.camera.framesPerSecond;
  const simulator = createConnection(options.socket);
  let frameId = 0;
  let isAsking = false;
  readLines(simulator, (line) => {
    isAsking = false;
    const json = parseJson(line);
    const answer = json.ok ? simulatorAnswerSchema.safeParse(json.value) : undefined;
    if (answer?.success === true && answer.data.op === 'view')
      frames.write(answer.data.id, answer.data.atMs, answer.data);
    else log.warn({ line: line.slice(0, 200) }, 'an answer that is no view was dropped');
  });
  let dueMs = 0;
  const expose = () => {
    if (!isAsking && !frames.isWriting) {
      isAsking = true;
      writeJsonLine(simulator, { op: 'view', id: frameId });
    }
    // Also a frame that is dropped has its number: a reader sees the gap.
    frameId++;
    const nowMs = monotonicNowMs();
    dueMs = Math.max(dueMs + periodMs, nowMs);
    setTimeout(expose, dueMs - nowMs);
  };
  simulator.once('connect', () => {
    dueMs = monotonicNowMs();
    expose();
  });
  simulator.once('error', (error) => {
    log.error({ socket: options.socket }, `the simulator does not answer: ${error.message}`);
    end(1);
  });
  simulator.once('close', () => end(0));
  const stdin = fstatSync(0);
  if (stdin.isFIFO() || stdin.isSocket()) {
    process.stdin.once('end', () => end(0));
    process.stdin.once('error', () => end(0));
    process.stdin.resume();
  }
}

process.on('SIGINT', () => {});
try {
  run(parseSimulatorOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  log.error(error.message);
  process.exitCode = 1;
}
