import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type BusLock, lockBus } from '../actuation/bus/bus-lock.ts';
import { I2cError } from '../actuation/bus/i2c-bus.ts';
import { neutralise } from '../actuation/neutralise.ts';
import { openPins } from '../actuation/pins/open-pins.ts';
import type { Level, Pins } from '../actuation/pins/pins.ts';
import type { CarConfig } from '../car/config.ts';
import { findModel } from '../car/find-model.ts';
import { perceptionStart } from '../children/perception-start.ts';
import { startCameraReader } from '../perception/camera/camera-reader.ts';
import { parseCameraSource } from '../perception/camera/camera-source.ts';
import { probeModes } from '../perception/camera/camera-tools.ts';
import type { CameraProgramPlan } from '../perception/camera/pipelines.ts';
import { resolveCamera } from '../perception/camera/resolve-camera.ts';
import { describeModes } from '../perception/camera/video-modes.ts';
import { createDetector, type DetectorOptions } from '../perception/detector/detector.ts';
import { readModelFile } from '../perception/detector/model/model-file.ts';
import { UnfitLibrary } from '../perception/detector/runtime/library-version.ts';
import { monotonicNowMs } from '../platform/clock.ts';
import { reasonOf } from '../platform/reason-of.ts';
import { UserError } from '../platform/user-error.ts';
import type { ActuatorConfig } from '../protocol/actuator-config.ts';
import { devicesOf } from '../protocol/detector-runtime.ts';
import { type GpioPin, pinName } from '../protocol/gpio-pin.ts';
import { type Health, healthSchema } from '../protocol/telemetry.ts';
import { isEveryAddress } from '../remote/outward-urls.ts';
import { hostLiteral } from '../remote/request-guard.ts';
import type { CameraReading, NetworkFile, NetworkReading, OutputEnableReading, ServiceReading } from './readings.ts';

/** Long enough to tell 29 frames/s from 30, and to meet a camera that stalls now and then. */
const watchedMs = 4000;
const startLimitMs = 12_000;
const answerLimitMs = 2000;
const timedFrames = 10;

/**
 * Runs the camera's program for some seconds, as perception would. A camera has one reader: where the running car is it, that
 * is asked instead.
 */
export async function readCamera(config: CarConfig, service: ServiceReading): Promise<CameraReading> {
  const source = parseCameraSource(config.camera.source);
  if (source.kind === 'simulator') return { kind: 'simulated' };
  const running = await askRunningCar(config, service);
  if (running !== undefined) return { kind: 'in-use', detectionsPerS: running.framesPerSecond };
  try {
    const program = await resolveCamera(config.camera.source, config.camera);
    if (program === undefined) return { kind: 'simulated' };
    const modes = source.kind === 'usb' ? describeModes(await probeModes(source.device)) : '';
    const reading = await watchCamera(config, program);
    return reading.kind === 'streams' && modes !== '' ? { ...reading, modes } : reading;
  } catch (error) {
    if (error instanceof UserError) return { kind: 'unfit', text: error.message };
    throw error;
  }
}

/** What the car that runs on this machine says of itself; undefined where none answers. */
async function askRunningCar({ remote }: CarConfig, service: ServiceReading): Promise<Health | undefined> {
  if (service.kind !== 'installed' || service.active !== 'active') return undefined;
  const host = isEveryAddress(remote.host) ? '127.0.0.1' : hostLiteral(remote.host);
  try {
    const answer = await fetch(`http://${host}:${remote.port}/healthz`, { signal: AbortSignal.timeout(answerLimitMs) });
    return healthSchema.parse(await answer.json());
  } catch {
    return undefined;
  }
}

async function watchCamera(config: CarConfig, program: CameraProgramPlan): Promise<CameraReading> {
  const { camera } = perceptionStart(config, '', program);
  const arrivals: number[] = [];
  let lastWords = '';
  let wake = (): void => {};
  const first = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const reader = startCameraReader({
    camera,
    nowMs: monotonicNowMs,
    onFrame() {
      arrivals.push(monotonicNowMs());
      wake();
    },
    onState(_state, text) {
      if (text !== undefined) lastWords = text;
    },
    onProgramLine(line) {
      lastWords = line;
    },
  });
  try {
    await Promise.race([first, wait(startLimitMs)]);
    if (arrivals.length === 0)
      return { kind: 'refused', text: lastWords || 'its program says nothing', devices: videoDevices() };
    await wait(watchedMs);
  } finally {
    await reader.stop();
  }
  const gaps = arrivals.slice(1).map((at, index) => at - (arrivals[index] ?? at));
  const spanS = ((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)) / 1000;
  return {
    kind: 'streams',
    askedPerS: camera.framesPerSecond,
    reachedPerS: spanS > 0 ? gaps.length / spanS : 0,
    longestGapMs: Math.max(0, ...gaps),
  };
}

function videoDevices(): string[] {
  return readdirSync('/dev')
    .filter((name) => /^video\d+$/.test(name))
    .map((name) => `/dev/${name}`);
}

/** What the look at the OE pin needs of the machine. */
export interface OutputEnableDependencies {
  readonly lock: (name: string) => Promise<BusLock>;
  readonly neutralise: (actuators: ActuatorConfig) => Promise<void>;
  readonly openPins: () => Promise<Pins>;
}
const onThisMachine: OutputEnableDependencies = {
  lock: lockBus,
  // That the wheels are neutral is all that the look needs.
  neutralise: (actuators) => neutralise(actuators, () => {}),
  openPins,
};

/**
 * What the wire of the OE pin says while the computer does not drive it: with its pull-up, high. Not while a car runs, however it
 * was started: it drives by it. Without a pull-up the look switches the motor board on, and that repeats the pulse it last had:
 * so the wheels are neutral and the pulses ended before, or there is no look. Afterwards the pin is an output and high, which
 * is off.
 */
export async function readOutputEnable(
  actuators: ActuatorConfig,
  service: ServiceReading,
  dependencies = onThisMachine,
): Promise<OutputEnableReading> {
  const { bus, outputEnable } = actuators;
  if (bus.kind === 'simulated') return { kind: 'simulated' };
  if (outputEnable === undefined) return { kind: 'none' };
  if (service.kind === 'installed' && service.active !== 'inactive' && service.active !== 'failed') {
    return { kind: 'held' };
  }
  let lock: BusLock;
  try {
    lock = await dependencies.lock(`i2c-${bus.number}`);
  } catch (error) {
    return error instanceof I2cError && error.code === 'EBUSY'
      ? { kind: 'held' }
      : { kind: 'not-stopped', text: reasonOf(error) };
  }
  try {
    try {
      await dependencies.neutralise(actuators);
    } catch (error) {
      return { kind: 'not-stopped', text: reasonOf(error) };
    }
    const level = lookAt(await dependencies.openPins(), outputEnable.pin);
    return { kind: 'read', pin: pinName(outputEnable.pin), level };
  } catch (error) {
    return { kind: 'refused', text: reasonOf(error) };
  } finally {
    await lock.release();
  }
}

function lookAt(pins: Pins, pin: GpioPin): Level {
  try {
    return pins.input(pin).read();
  } finally {
    pins.output(pin, 'high');
  }
}

/** Loads the network as the car would, and times it beside the processor. Not beside a running car that has it on the GPU. */
export async function readNetwork(config: CarConfig, service: ServiceReading): Promise<NetworkReading> {
  try {
    const modelFile = findModel(config.detector.modelFile);
    const { card } = readModelFile(modelFile, 'asked-later');
    const cardSha256 = card?.content['sha256'];
    const file: NetworkFile = {
      name: basename(modelFile),
      hasCard: card !== undefined,
      sha256: createHash('sha256').update(readFileSync(modelFile)).digest('hex'),
      ...(typeof cardSha256 === 'string' && { cardSha256 }),
    };
    const wanted = devicesOf(config.detector);
    const running = wanted.every((device) => device === 'cpu') ? undefined : await askRunningCar(config, service);
    if (running !== undefined) return { kind: 'in-use', ...file, wanted, provider: running.provider ?? undefined };
    const options: DetectorOptions = { ...config.detector, modelFile, purpose: 'drive' };
    const asConfigured = await time(options, config);
    const { provider, fallbacks } = asConfigured.info;
    const onProcessor = provider === 'cpu' ? undefined : await time({ ...options, devices: ['cpu'] }, config);
    return {
      kind: 'runs',
      ...file,
      provider,
      wanted,
      frameMs: asConfigured.frameMs,
      cpuFrameMs: onProcessor?.frameMs,
      fallbacks: fallbacks.map(({ provider: unused, why, cure }) => ({ text: `${unused}: ${why}`, cure })),
    };
  } catch (error) {
    return { kind: error instanceof UnfitLibrary ? 'runtime-refused' : 'refused', text: reasonOf(error) };
  }
}

async function time(options: DetectorOptions, { camera }: CarConfig) {
  const detector = await createDetector(options);
  try {
    const grey = new Uint8Array(camera.widthPx * camera.heightPx * 3).fill(114);
    // The first run of a GPU sets itself up.
    await detector.detect(grey, camera.widthPx, camera.heightPx);
    const startedAtMs = monotonicNowMs();
    for (let frame = 0; frame < timedFrames; frame++) await detector.detect(grey, camera.widthPx, camera.heightPx);
    return { info: detector.info, frameMs: (monotonicNowMs() - startedAtMs) / timedFrames };
  } finally {
    await detector.close();
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
