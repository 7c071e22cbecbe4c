import { carPointToPixel } from './car/camera-geometry.ts';
import type { CarConfig } from './car/config.ts';
import type { DriveSnapshot } from './planning/drive-loop.ts';
import type { BatteryReading, BoardReadings } from './protocol/board.ts';
import type { FrameDetections } from './protocol/detection.ts';
import type { PerceptionReport } from './protocol/perception-messages.ts';
import { rates } from './protocol/rates.ts';
import type { VideoHeader } from './protocol/remote-messages.ts';
import type { Health, Plan, Telemetry } from './protocol/telemetry.ts';
import type { SimulatedCarState } from './simulated-car.ts';

type Picture = Extract<PerceptionReport, { kind: 'picture' }>;
type CameraReport = Extract<PerceptionReport, { kind: 'camera' }>;

const noRate = { cameraFramesPerSecond: 0, detectorFramesPerSecond: 0 };

/** A picture waits this long for the detections of its own frame before it is shown without. */
const pictureWaitMs = 60;

/** The newest of everything that people see: telemetry, health, and pictures joined with their detections. */
export class CarView {
  #rate = noRate;
  #cameraStreams = false;
  #provider: string | undefined;
  #model: string | undefined;
  #detections: FrameDetections | undefined;
  #waiting: { picture: Picture; jpeg: Uint8Array; untilMs: number } | undefined;
  #readings: { readonly board?: BoardReadings; readonly battery?: BatteryReading } = {};
  #worstJitterMs = 0;
  #steppedAtMs: number | undefined;
  readonly #config: CarConfig;
  readonly #pilot: string;

  constructor(config: CarConfig, pilot: string) {
    this.#config = config;
    this.#pilot = pilot;
  }

  setRate({ cameraFramesPerSecond, detectorFramesPerSecond }: typeof noRate): void {
    this.#rate = { cameraFramesPerSecond, detectorFramesPerSecond };
  }

  setCamera({ state }: CameraReport): void {
    this.#cameraStreams = state === 'streaming';
  }

  setDetector(report: { readonly provider?: string | undefined; readonly model: string }): void {
    this.#provider = report.provider;
    this.#model = report.model;
  }

  /** Perception is gone: what it measured says nothing any more. */
  clearPerception(): void {
    this.#rate = noRate;
    this.#cameraStreams = false;
    this.#provider = undefined;
    this.#waiting = undefined;
    // Frames count anew.
    this.#detections = undefined;
  }

  setDetections(frame: FrameDetections): void {
    this.#detections = frame;
  }

  setPicture(picture: Picture, jpeg: Uint8Array, nowMs: number): void {
    this.#waiting = { picture, jpeg, untilMs: nowMs + pictureWaitMs };
  }

  setReadings(readings: { readonly board?: BoardReadings; readonly battery?: BatteryReading }): void {
    this.#readings = readings;
  }

  /** One period of the control loop began: how far off its rhythm. */
  stepped(nowMs: number): void {
    if (this.#steppedAtMs !== undefined) {
      const late = Math.abs(nowMs - this.#steppedAtMs - rates.controlPeriodMs);
      this.#worstJitterMs = Math.max(this.#worstJitterMs, late);
    }
    this.#steppedAtMs = nowMs;
  }

  /** The picture to show now, once: when its detections are there, or it has waited long enough for them. */
  takePicture(nowMs: number, plan: Plan | undefined): { header: VideoHeader; jpeg: Uint8Array } | undefined {
    const waiting = this.#waiting;
    if (waiting === undefined) return undefined;
    const { picture, jpeg } = waiting;
    const seen = this.#detections?.frameId === picture.frameId ? this.#detections : undefined;
    const overtaken = this.#detections !== undefined && this.#detections.frameId > picture.frameId;
    if (seen === undefined && !overtaken && nowMs < waiting.untilMs) return undefined;
    this.#waiting = undefined;
    const header: VideoHeader = {
      frameId: picture.frameId,
      capturedAtMs: picture.capturedAtMs,
      ageMs: nowMs - picture.capturedAtMs,
      widthPx: picture.widthPx,
      heightPx: picture.heightPx,
      frameWidthPx: picture.frameWidthPx,
      frameHeightPx: picture.frameHeightPx,
      ...(seen !== undefined && { detections: seen.detections }),
      ...(plan !== undefined && { plan, pathPx: this.#pathPx(plan, picture) }),
    };
    return { header, jpeg };
  }

  #pathPx(plan: Plan, picture: Picture): { xPx: number; yPx: number }[] {
    const camera = { ...this.#config.camera, widthPx: picture.frameWidthPx, heightPx: picture.frameHeightPx };
    return plan.centreLine.flatMap((point) => carPointToPixel(camera, { ...point, zM: 0 }) ?? []);
  }

  telemetry(nowMs: number, snapshot: DriveSnapshot, simulated: SimulatedCarState | undefined): Telemetry {
    const jitterMs = this.#worstJitterMs;
    this.#worstJitterMs = 0;
    return {
      kind: 'telemetry',
      atMs: nowMs,
      mode: snapshot.mode,
      obstacles: [...snapshot.obstacles],
      vehicle: this.#config.vehicle.name,
      pilot: this.#pilot,
      asked: { steering: snapshot.asked.steering, throttle: snapshot.asked.throttle },
      given: { steering: snapshot.given.steering, throttle: snapshot.given.throttle },
      ...(snapshot.neutralReason !== undefined && { neutralReason: snapshot.neutralReason }),
      ...(snapshot.slowReason !== undefined && { slowReason: snapshot.slowReason }),
      ...(snapshot.lastStop !== undefined && { lastStop: snapshot.lastStop }),
      speedMps: snapshot.speedMps,
      ...this.#rate,
      ...(snapshot.detectionAgeMs !== undefined && { detectionAgeMs: snapshot.detectionAgeMs }),
      ...(snapshot.frameToCommandMs !== undefined && { frameToCommandMs: snapshot.frameToCommandMs }),
      ...(this.#detections !== undefined && { captureTimeSource: this.#detections.captureTimeSource }),
      controlJitterMs: jitterMs,
      ...(this.#provider !== undefined && { provider: this.#provider }),
      ...(this.#model !== undefined && { model: this.#model }),
      plan: snapshot.plan,
      ...(simulated !== undefined && { simulated: withoutKind(simulated) }),
      ...this.#readings,
      // The remote knows these and fills them in.
      clients: 0,
    };
  }

  health(
    snapshot: DriveSnapshot | undefined,
    simulated: SimulatedCarState | undefined,
    pids: Omit<Health['pids'], 'planning'>,
  ): Health {
    return {
      // Motor control stands ready, and pictures come: by the camera's state, since rates are told only later.
      ready:
        this.#cameraStreams &&
        snapshot !== undefined &&
        !snapshot.obstacles.some((obstacle) => obstacle.code.startsWith('actuation-')),
      mode: snapshot?.mode ?? 'disarmed',
      vehicle: this.#config.vehicle.name,
      pilot: this.#pilot,
      framesPerSecond: this.#rate.detectorFramesPerSecond,
      detectionAgeMs: snapshot?.detectionAgeMs ?? null,
      provider: this.#provider ?? null,
      laps: simulated?.laps ?? null,
      pids: { planning: process.pid, ...pids },
    };
  }
}

function withoutKind({
  kind: _kind,
  atMs: _atMs,
  ...state
}: SimulatedCarState): Omit<SimulatedCarState, 'kind' | 'atMs'> {
  return state;
}
