import type { CarConfig } from '../car/config.ts';
import type { SimulatedCarState } from '../children/simulated-car.ts';
import type { DriveSnapshot } from '../planning/drive-loop.ts';
import type { BatteryReading, BoardReadings } from '../protocol/board.ts';
import type { FrameDetections } from '../protocol/detection.ts';
import type { PerceptionReport } from '../protocol/perception-messages.ts';
import type { PictureLevel } from '../protocol/picture-levels.ts';
import { rates } from '../protocol/rates.ts';
import type { VideoHeader } from '../protocol/remote-messages.ts';
import type { Health, Telemetry } from '../protocol/telemetry.ts';
import type { CarAtAGlance } from '../status-screen/status-picture.ts';
import { groundOverlay } from './picture-overlay.ts';

type Picture = Extract<PerceptionReport, { kind: 'picture' }>;
type CameraReport = Extract<PerceptionReport, { kind: 'camera' }>;

const noRate = { cameraFramesPerSecond: 0, detectorFramesPerSecond: 0 };

/** A picture waits this long for the detections of its own frame before it is shown without. */
const pictureWaitMs = 60;

type ShownOnPicture = Pick<DriveSnapshot, 'plan' | 'given' | 'speedMps'>;

interface WaitingPicture {
  readonly picture: Picture;
  readonly jpeg: Uint8Array;
  readonly untilMs: number;
}

/** A picture as phones get it. */
export interface ShownPicture {
  readonly level: PictureLevel;
  readonly header: VideoHeader;
  readonly jpeg: Uint8Array;
}

/** The newest of everything that people see: telemetry, health, and pictures joined with their detections. */
export class CarView {
  #rate = noRate;
  #cameraStreams = false;
  #provider: string | undefined;
  #model: string | undefined;
  #detections: FrameDetections | undefined;
  /** Of one frame, in as many sizes as are watched. */
  #waiting: readonly WaitingPicture[] = [];
  #readings: { readonly board?: BoardReadings; readonly battery?: BatteryReading } = {};
  #worstJitterMs = 0;
  #steppedAtMs: number | undefined;
  #config: CarConfig;
  readonly #pilot: string;

  constructor(config: CarConfig, pilot: string) {
    this.#config = config;
    this.#pilot = pilot;
  }

  reconfigure(config: CarConfig): void {
    this.#config = config;
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
    this.#waiting = [];
    // Frames count anew.
    this.#detections = undefined;
  }

  setDetections(frame: FrameDetections): void {
    this.#detections = frame;
  }

  setPicture(picture: Picture, jpeg: Uint8Array, nowMs: number): void {
    const sameFrame = this.#waiting.filter((waiting) => waiting.picture.frameId === picture.frameId);
    this.#waiting = [...sameFrame, { picture, jpeg, untilMs: nowMs + pictureWaitMs }];
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

  /** The pictures to show now, each once: when their detections are there, or they have waited long enough for them. */
  takePictures(nowMs: number, snapshot: ShownOnPicture | undefined): ShownPicture[] {
    const waiting = this.#waiting;
    const due = waiting.filter((one) => this.#isDue(one, nowMs));
    if (due.length > 0) this.#waiting = waiting.filter((one) => !due.includes(one));
    return due.map(({ picture, jpeg }) => ({
      level: picture.level,
      header: this.#header(picture, nowMs, snapshot),
      jpeg,
    }));
  }

  #isDue({ picture, untilMs }: WaitingPicture, nowMs: number): boolean {
    // With detections of its own frame, or of a later one: then its own will not come any more.
    return (this.#detections !== undefined && this.#detections.frameId >= picture.frameId) || nowMs >= untilMs;
  }

  #header(picture: Picture, nowMs: number, snapshot: ShownOnPicture | undefined): VideoHeader {
    const seen = this.#detections?.frameId === picture.frameId ? this.#detections : undefined;
    return {
      frameId: picture.frameId,
      capturedAtMs: picture.capturedAtMs,
      ageMs: nowMs - picture.capturedAtMs,
      widthPx: picture.widthPx,
      heightPx: picture.heightPx,
      frameWidthPx: picture.frameWidthPx,
      frameHeightPx: picture.frameHeightPx,
      ...(seen !== undefined && { detections: seen.detections }),
      // For a slow link the plan would be as much as half of the picture; telemetry has it too.
      ...(snapshot !== undefined && picture.level === 'full' && { plan: snapshot.plan }),
      ...(snapshot !== undefined && this.#ground(snapshot, picture)),
    };
  }

  #ground({ plan, given, speedMps }: ShownOnPicture, picture: Picture) {
    const { vehicle } = this.#config;
    const camera = { ...this.#config.camera, widthPx: picture.frameWidthPx, heightPx: picture.frameHeightPx };
    return groundOverlay({ camera, vehicle, plan, steering: given.steering, speedMps });
  }

  telemetry(nowMs: number, snapshot: DriveSnapshot, simulated: SimulatedCarState | undefined): Telemetry {
    const jitterMs = this.#worstJitterMs;
    this.#worstJitterMs = 0;
    return {
      kind: 'telemetry',
      atMs: nowMs,
      mode: snapshot.mode,
      obstacles: [...snapshot.obstacles],
      autoObstacles: [...snapshot.autoObstacles],
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
      ...(this.#detections !== undefined && {
        captureTimeSource: this.#detections.captureTimeSource,
        stages: stagesOf(this.#detections),
      }),
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

  glance(snapshot: DriveSnapshot | undefined, url: string | undefined, pairing: CarAtAGlance['pairing']): CarAtAGlance {
    return {
      url,
      mode: snapshot?.mode ?? 'disarmed',
      obstacle: snapshot?.obstacles[0]?.code,
      battery: this.#readings.battery,
      board: this.#readings.board,
      pairing,
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

function stagesOf({ capturedAtMs, detectedAtMs, timing }: FrameDetections): NonNullable<Telemetry['stages']> {
  const { preprocessMs, runMs, decodeMs } = timing;
  const waitMs = Math.max(0, detectedAtMs - capturedAtMs - preprocessMs - runMs - decodeMs);
  return { waitMs, preprocessMs, runMs, decodeMs };
}

function withoutKind({
  kind: _kind,
  atMs: _atMs,
  ...state
}: SimulatedCarState): Omit<SimulatedCarState, 'kind' | 'atMs'> {
  return state;
}
