import { actuationStatus } from './actuation/actuation-status.ts';
import { Board } from './actuation/board.ts';
import { type I2cBus, I2cError } from './actuation/bus/i2c-bus.ts';
import { Gate } from './actuation/gate.ts';
import { gateLimits } from './actuation/gate-limits.ts';
import type { GateInput } from './actuation/gate-types.ts';
import type { CarConfig } from './car/config.ts';
import type { Detector } from './perception/detector/detector.ts';
import { createDriveLoop, type DriveSnapshot } from './planning/drive-loop.ts';
import type { Detection } from './protocol/detection.ts';
import type { CarEvent } from './protocol/events.ts';
import { rates } from './protocol/rates.ts';
import type { Renderer } from './simulator/renderer/renderer.ts';
import { mixSeeds } from './simulator/scene/random.ts';
import type { World } from './simulator/world.ts';

export interface ClosedLoopOptions {
  readonly config: CarConfig;
  readonly world: World;
  readonly renderer: Pick<Renderer, 'render' | 'widthPx' | 'heightPx'>;
  readonly detector: Pick<Detector, 'detect'>;
  readonly seed: number;
  /** From a frame's capture to its detections at the pilot. */
  readonly latencyMs: number;
  /** For `bench`: how long the parts take, on a clock that runs. */
  readonly stopwatch?: {
    nowMs(): number;
    record(stage: 'planMs' | 'commandMs' | 'worldMs', elapsedMs: number): void;
  };
  /** A frame with what was seen in it, when the pilot is told of it. The pixels are only lent. */
  readonly onFrame?: (frame: { rgb: Uint8Array; detections: readonly Detection[]; snapshot: DriveSnapshot }) => void;
}

export interface ClosedLoop {
  readonly nowMs: number;
  /** The newest that a person would have been told. */
  readonly lastEvent: CarEvent | undefined;
  /** It drove and has disarmed: nothing will move it again by itself. */
  readonly hasEnded: boolean;
  /** Lives on by one actuation period of simulated time. */
  advance(): Promise<DriveSnapshot>;
}

interface Look {
  readonly frameId: number;
  readonly capturedAtMs: number;
  readonly rgb: Uint8Array;
  readonly result: ReturnType<Detector['detect']>;
}

/**
 * The whole car on simulated time: the real renderer, detector, drive loop, gate, board driver and register models, with
 * nothing between them but a clock that is stepped. The same seed gives the same drive.
 * While the detector works on one frame in its thread, the next is rendered here.
 */
export function createClosedLoop(options: ClosedLoopOptions): ClosedLoop {
  const { config, world, renderer, detector, latencyMs } = options;
  const loop = createDriveLoop({ config });
  let nowMs = 0;

  const gate = new Gate(gateLimits(config.actuators));
  const board = new Board(config.actuators, {
    openBus: async () => busOfWorld(world),
    nowMs: () => nowMs,
    wait: async () => {},
    onFault: (fault) => obey({ kind: 'board', fault: fault?.text }),
  });
  function obey(input: GateInput): void {
    const { output, transitions } = gate.step(input, nowMs);
    board.set(output);
    for (const transition of transitions) loop.acceptActuation({ kind: 'transition', atMs: nowMs, ...transition });
  }
  function reportStatus(): void {
    const { output } = gate.step({ kind: 'tick' }, nowMs);
    loop.acceptActuation(actuationStatus({ gate, board, output, refusedLines: 0, fittings: {} }, nowMs));
  }

  const framePeriodMs = 1000 / config.camera.framesPerSecond;
  // More frames are on their way at once when the latency spans several periods; the pixels of each stay untouched.
  const buffers = Array.from(
    { length: Math.ceil(latencyMs / framePeriodMs) + 2 },
    () => new Uint8Array(renderer.widthPx * renderer.heightPx * 3),
  );
  const looks: Look[] = [];
  let frameId = 0;
  let detectorFree: Promise<unknown> = Promise.resolve();

  function expose(): void {
    const rgb = buffers[frameId % buffers.length] ?? new Uint8Array(0);
    renderer.render(world.view(), mixSeeds(options.seed, frameId), rgb);
    const result = detectorFree.then(() => detector.detect(rgb, renderer.widthPx, renderer.heightPx));
    // A failure shows where the result is awaited.
    detectorFree = result.catch(() => {});
    looks.push({ frameId, capturedAtMs: nowMs, rgb, result });
    frameId += 1;
  }

  async function arriveDetections(snapshot: DriveSnapshot | undefined): Promise<void> {
    for (let look = looks[0]; look !== undefined && look.capturedAtMs + latencyMs <= nowMs; look = looks[0]) {
      looks.shift();
      const { detections, timing } = await look.result;
      loop.acceptDetections({
        kind: 'detections',
        frameId: look.frameId,
        capturedAtMs: look.capturedAtMs,
        captureTimeSource: 'camera',
        detectedAtMs: nowMs,
        widthPx: renderer.widthPx,
        heightPx: renderer.heightPx,
        detections,
        timing,
      });
      if (snapshot !== undefined) options.onFrame?.({ rgb: look.rgb, detections, snapshot });
    }
  }

  function timed<T>(stage: 'planMs' | 'commandMs' | 'worldMs', work: () => T): T {
    const { stopwatch } = options;
    if (stopwatch === undefined) return work();
    const startedAtMs = stopwatch.nowMs();
    const result = work();
    stopwatch.record(stage, stopwatch.nowMs() - startedAtMs);
    return result;
  }

  loop.setProcessAlive('actuation', true);
  loop.setProcessAlive('perception', true);
  loop.acceptCameraState({ state: 'streaming' });
  loop.acceptDetectorState({ state: 'ready' });
  let armed = false;
  let drove = false;
  let snapshot: DriveSnapshot | undefined;
  let lastEvent: CarEvent | undefined;
  return {
    get nowMs() {
      return nowMs;
    },
    get lastEvent() {
      return lastEvent;
    },
    get hasEnded() {
      return drove && snapshot?.mode === 'disarmed';
    },
    async advance() {
      nowMs += rates.actuationPeriodMs;
      timed('worldMs', () => world.step(nowMs));
      if (nowMs >= frameId * framePeriodMs) expose();
      await arriveDetections(snapshot);
      obey({ kind: 'tick' });
      board.tick();
      if (nowMs % rates.actuationStatusPeriodMs === 0) reportStatus();
      if (nowMs % rates.controlPeriodMs === 0 || snapshot === undefined) {
        const step = timed('planMs', () => loop.step(nowMs));
        snapshot = step.snapshot;
        drove ||= snapshot.mode === 'auto';
        // "Disarmed" only repeats what led to it.
        lastEvent = step.events.findLast((event) => event.code !== 'disarmed') ?? lastEvent;
        timed('commandMs', () => {
          for (const command of step.commands) obey(command);
        });
        if (!armed && snapshot.autoObstacles.length === 0) {
          armed = loop.request({ kind: 'arm', mode: 'auto', armedBy: 'daemon' }, nowMs).accepted;
        }
      }
      // The board writes in turns of the event loop; all of them belong to this moment.
      await new Promise((resolve) => setImmediate(resolve));
      return snapshot;
    },
  };
}

/** The world's register models as a bus that answers at once. */
function busOfWorld(world: World): I2cBus {
  return {
    async writeRegisters(address, register, bytes) {
      const answer = world.writeBus(address, register, [...bytes]);
      if (!answer.ok) throw new I2cError(answer.code, answer.text);
    },
    async readRegisters(address, register, length) {
      const answer = world.readBus(address, register, length);
      if (!answer.ok) throw new I2cError(answer.code, answer.text);
      return Uint8Array.from(answer.value);
    },
    async close() {},
  };
}
