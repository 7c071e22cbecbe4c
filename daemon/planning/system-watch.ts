import type { Safety } from '../car/config.ts';
import type { CarEvent } from '../protocol/events.ts';
import type { Trouble } from '../protocol/troubles.ts';
import type { ModeEvent } from './modes.ts';

export type ProcessName = 'perception' | 'actuation';

interface PartState<State extends string> {
  readonly state: State;
  readonly text: string | undefined;
}

/** News of what changes no mode by itself; `cure` where the table's would be wrong. */
type Notice = Omit<CarEvent, 'atMs'>;

type CameraPart = PartState<'starting' | 'streaming' | 'stalled' | 'failed'> & { readonly cure: string | undefined };

interface DetectorPart extends PartState<DetectorReport['state']> {
  readonly trouble: Trouble | undefined;
  readonly labels: readonly string[] | undefined;
  readonly fallbacks: readonly string[];
}
const loading: DetectorPart = {
  state: 'loading',
  text: undefined,
  trouble: undefined,
  labels: undefined,
  fallbacks: [],
};

/** As perception tells it. */
export interface CameraReport {
  readonly state: CameraPart['state'];
  readonly text?: string | undefined;
  /** What helps this very camera. */
  readonly cure?: string | undefined;
}

/** As perception tells it. */
export interface DetectorReport {
  readonly state: 'loading' | 'ready' | 'refused' | 'failed';
  readonly text?: string | undefined;
  readonly trouble?: Trouble | undefined;
  /** Devices that were asked for before the one that runs it, and why they do not. */
  readonly fallbacks?: readonly string[] | undefined;
  readonly labels?: readonly string[] | undefined;
}

/** The newest word on everything around the loop: processes, camera, detector, phones. */
export class SystemWatch {
  readonly #policy: Pick<Safety, 'lostPhoneInAuto' | 'lostPhoneStopAfterMs'>;
  camera: CameraPart = { state: 'starting', text: undefined, cure: undefined };
  detector: DetectorPart = loading;
  perceptionAlive = true;
  shuttingDown = false;
  #clients = 0;
  /** Since when no phone drives, as soon as a step has seen it. */
  #aloneSinceMs: number | undefined;
  #driverGoneAtMs: number | undefined;
  #pending: ModeEvent[] = [];
  #notices: Notice[] = [];
  /** It was lost, and is not ready yet. */
  #detectorFailed = false;
  /** Perception ended, and what comes after it has not seen anything yet. */
  #perceptionMissed = false;

  constructor(policy: Pick<Safety, 'lostPhoneInAuto' | 'lostPhoneStopAfterMs'>) {
    this.#policy = policy;
  }

  setCamera(report: CameraReport): void {
    const { state, text, cure } = report;
    const before = this.camera.state;
    const changed = state !== before;
    this.camera = { state, text, cure };
    if (changed && state === 'streaming' && before !== 'starting') this.#notices.push({ code: 'camera-back' });
    this.#noteReturn();
    const said = { ...(text !== undefined && { detail: text }), ...(cure !== undefined && { cure }) };
    if (changed && state === 'stalled') this.#notices.push({ code: 'camera-stalled', ...said });
    if (changed && state === 'failed') this.#notices.push({ code: 'camera-failed', ...said });
  }

  setDetector(report: DetectorReport): void {
    const changed = report.state !== this.detector.state;
    const failedBefore = this.#detectorFailed;
    if (report.state !== 'loading') this.#detectorFailed = report.state === 'failed';
    if (failedBefore && report.state === 'ready') this.#notices.push({ code: 'detector-back' });
    const fallbacks = report.fallbacks ?? [];
    const { state, text, trouble, labels } = report;
    this.detector = { state, text, trouble, labels, fallbacks };
    const detail = { ...(text !== undefined && { detail: text }), ...(trouble !== undefined && { trouble }) };
    if (changed && report.state === 'refused') this.#notices.push({ code: 'model-refused', ...detail });
    if (changed && report.state === 'failed') this.#notices.push({ code: 'detector-failed', ...detail });
    if (changed) this.#notices.push(...this.standing());
    this.#noteReturn();
  }

  /** What holds for as long as this detector runs: whoever comes later must know it too. */
  standing(): readonly Notice[] {
    const { fallbacks } = this.detector;
    return fallbacks.length > 0 ? [{ code: 'detector-fallback', detail: fallbacks.join('; ') }] : [];
  }

  setClients(count: number): void {
    this.#clients = count;
    if (count > 0) this.#aloneSinceMs = undefined;
  }

  /** @param sinceMs its last sign of life: what the remote needed to be sure of it is no reason to drive on. */
  driverWent(sinceMs: number): void {
    this.#driverGoneAtMs = sinceMs;
  }

  driverCame(): void {
    this.#driverGoneAtMs = undefined;
  }

  setAlive(process: ProcessName, alive: boolean): void {
    if (process === 'actuation') {
      if (!alive) this.#pending.push({ kind: 'actuation-lost' });
      return;
    }
    if (this.perceptionAlive && !alive) this.#pending.push({ kind: 'perception-lost' });
    this.perceptionAlive = alive;
    if (alive) return;
    this.#perceptionMissed = true;
    this.forgetPerception();
  }

  /** Nothing is known of it any more, and nothing is wrong: it was ended to be started anew. */
  forgetPerception(): void {
    this.#detectorFailed = false;
    this.camera = { state: 'starting', text: undefined, cure: undefined };
    this.detector = loading;
  }

  shutDown(): void {
    this.shuttingDown = true;
  }

  events(nowMs: number): ModeEvent[] {
    const events = this.#pending;
    this.#pending = [];
    if (this.#clients === 0) this.#aloneSinceMs ??= nowMs;
    const silentMs = nowMs - Math.min(this.#aloneSinceMs ?? nowMs, this.#driverGoneAtMs ?? nowMs);
    const { lostPhoneInAuto, lostPhoneStopAfterMs } = this.#policy;
    if (lostPhoneInAuto === 'stop' && silentMs >= lostPhoneStopAfterMs) events.push({ kind: 'remote-lost', silentMs });
    return events;
  }

  #noteReturn(): void {
    if (!this.#perceptionMissed || this.camera.state !== 'streaming' || this.detector.state !== 'ready') return;
    this.#perceptionMissed = false;
    this.#notices.push({ code: 'perception-back' });
  }

  /** What people should hear of that changes no mode by itself. */
  takeNotices(): Notice[] {
    const notices = this.#notices;
    this.#notices = [];
    return notices;
  }
}
