import { type Signal, signal } from '@preact/signals';
import type { CarEvent } from '../../daemon/protocol/events.ts';
import type { ArmingObstacle } from '../../daemon/protocol/modes.ts';
import type { ServerMessage } from '../../daemon/protocol/remote-messages.ts';
import type { Telemetry } from '../../daemon/protocol/telemetry.ts';
import { type Alert, addAlert, alertOfEvent, expireAlerts, renewAlerts } from './alert-list.ts';
import { type ResumeGuard, stepResumeGuard } from './driving/resume-guard.ts';
import { shake } from './haptics.ts';
import { CarClock } from './link/car-clock.ts';
import { addToSurvey, emptySurvey, type Survey } from './see/cone-survey.ts';
import { History } from './see/history.ts';
import type { Settings } from './settings.ts';
import { texts } from './texts/language.ts';
import { inWordsOfTrouble, obstacleWords } from './texts/told.ts';

const refusalShownMs = 8000;
const askShownMs = 15_000;
/**
 * So long a stop is news to a page that comes later. After that it is told where one drives alone, for as long as the car stands; and
 * that nobody was there not even there, for it is over once a page hears of it.
 */
const stopIsNewsMs = 30_000;
/** There and back in less than this: the phone is near enough. */
const quickLinkMs = 60;

type NewAlert = Omit<Alert, 'id' | 'untilMs'>;

/** What the page must do at once when the car says something. */
export interface NewsWatch {
  /** The lease came or went. */
  onDriverChange(): void;
  /** Somebody else drives, or did while this page was away. */
  onOtherDriver(): void;
  /** The car is stopped, and says so. */
  onStopConfirmed(): void;
  /** It is armed, and nobody on this page has armed it. */
  onUnprovenArming(): void;
}

/** What the car has said, as far as it still counts: what the parts of the page show. */
export class CarNews {
  readonly isDriver: Signal<boolean> = signal(false);
  readonly mayOnlyWatch: Signal<boolean> = signal(false);
  readonly telemetry: Signal<Telemetry | undefined> = signal<Telemetry | undefined>(undefined);
  readonly isSimulated: Signal<boolean> = signal(false);
  readonly alerts: Signal<readonly Alert[]> = signal<readonly Alert[]>([]);
  /** Why it stands, for as long as that is told and nobody has dismissed it: who drives looks at the car when it stops, not at the page. */
  readonly whyStopped: Signal<CarEvent | undefined> = signal<CarEvent | undefined>(undefined);
  /** Why it would not be armed when that was last asked for. */
  readonly refusal: Signal<{ readonly obstacles: readonly ArmingObstacle[]; readonly untilMs: number } | undefined> =
    signal<{ readonly obstacles: readonly ArmingObstacle[]; readonly untilMs: number } | undefined>(undefined);
  readonly asking: Signal<{ readonly sessionId: string; readonly untilMs: number } | undefined> = signal<
    { readonly sessionId: string; readonly untilMs: number } | undefined
  >(undefined);
  readonly survey: Signal<Survey> = signal<Survey>(emptySurvey);
  readonly clock = new CarClock();
  readonly history = new History();
  readonly #settings: Signal<Settings>;
  readonly #watch: NewsWatch;
  #guard: ResumeGuard = 'unproven';
  #toldStopAtMs: number | undefined;
  #sessionId: string | undefined;

  constructor(settings: Signal<Settings>, watch: NewsWatch) {
    this.#settings = settings;
    this.#watch = watch;
  }

  /** Whether this page may drive: it holds the lease, and the car has not been armed before it came. */
  get mayDrive(): boolean {
    return this.isDriver.value && this.#guard === 'proven';
  }

  tell(alert: NewAlert, nowMs: number): void {
    this.alerts.value = addAlert(this.alerts.value, alert, nowMs);
    if (this.#settings.value.haptics) shake(alert);
  }

  hear(message: ServerMessage, receivedAtMs: number): void {
    switch (message.kind) {
      case 'welcome':
        if (this.isDriver.value !== message.isDriver) this.#watch.onDriverChange();
        if (message.othersDrove) this.#watch.onOtherDriver();
        this.isDriver.value = message.isDriver;
        this.#sessionId = message.sessionId;
        this.mayOnlyWatch.value = message.role === 'viewer';
        if (!message.isDriver) this.asking.value = undefined;
        return;
      case 'telemetry':
        this.#measured(message, receivedAtMs);
        return;
      case 'telemetry-history':
        this.history.recall(message);
        return;
      case 'event':
        this.tell(this.#wordsHere(alertOfEvent(message.event, texts.value)), receivedAtMs);
        return;
      case 'arming-refused':
        this.refusal.value = { obstacles: message.obstacles, untilMs: receivedAtMs + refusalShownMs };
        return;
      case 'refused': {
        const obstacles = message.obstacles?.map((obstacle) => obstacleWords(texts.value, obstacle).text);
        const known = message.code && texts.value.refusals?.[message.code];
        const text = obstacles?.join('; ') ?? known ?? inWordsOfTrouble(texts.value, message.text, undefined);
        this.tell({ severity: 'warning', text, cure: '' }, receivedAtMs);
        return;
      }
      case 'asked-to-drive':
        this.asking.value = { sessionId: message.sessionId, untilMs: receivedAtMs + askShownMs };
        if (this.#settings.value.haptics) shake({ severity: 'warning' });
        return;
      case 'pong':
        this.clock.observe(message.sentAtMs, receivedAtMs, message.atMs);
        return;
    }
  }

  /** The connection is gone: nothing that was true of the car is known to be true any more. Its nature does not change. */
  forget(): void {
    this.#guard = 'unproven';
    this.isDriver.value = false;
    this.asking.value = undefined;
    this.telemetry.value = undefined;
    this.refusal.value = undefined;
    this.alerts.value = this.alerts.value.filter(({ code }) => code !== 'armed');
  }

  dismiss(alertId: number): void {
    const dismissed = this.alerts.value.find(({ id }) => id === alertId);
    if (dismissed?.code === this.whyStopped.value?.code) this.whyStopped.value = undefined;
    this.alerts.value = this.alerts.value.filter((alert) => alert !== dismissed);
  }

  /** To be called several times a second: lets go of what was shown for long enough. */
  expire(nowMs: number): void {
    this.alerts.value = expireAlerts(this.alerts.value, nowMs);
    for (const shown of [this.refusal, this.asking]) {
      if (shown.value !== undefined && shown.value.untilMs <= nowMs) shown.value = undefined;
    }
  }

  /** Somebody looks again: what is still told has its whole time from now on. */
  showAnew(nowMs: number): void {
    this.alerts.value = renewAlerts(this.alerts.value, nowMs);
  }

  #measured(telemetry: Telemetry, receivedAtMs: number): void {
    this.history.add(telemetry, this.clock.best?.roundTripMs);
    if (telemetry.plan !== undefined) this.survey.value = addToSurvey(this.survey.value, telemetry.plan);
    this.telemetry.value = telemetry;
    this.isSimulated.value = telemetry.simulated !== undefined;
    this.#stopped(telemetry, receivedAtMs);
    const { driver } = telemetry;
    if (driver !== undefined && driver !== this.#sessionId && !this.isDriver.value) this.#watch.onOtherDriver();
    if (telemetry.mode === 'estop') this.#watch.onStopConfirmed();
    if (telemetry.mode !== 'disarmed') this.refusal.value = undefined;
    const step = stepResumeGuard(this.#guard, telemetry.mode, this.isDriver.value);
    this.#guard = step.guard;
    if (step.disarm) this.#watch.onUnprovenArming();
  }

  #stopped({ lastStop, atMs }: Telemetry, receivedAtMs: number): void {
    if (lastStop === undefined) this.whyStopped.value = undefined;
    if (lastStop === undefined || lastStop.atMs === this.#toldStopAtMs) return;
    this.#toldStopAtMs = lastStop.atMs;
    const isNews = atMs - lastStop.atMs < stopIsNewsMs;
    const isOver = lastStop.code === 'remote-lost' && !isNews;
    // Who drives now says the status; that somebody else does is no reason for whoever took the wheel. What was told of an
    // earlier stop is no reason any more either way.
    this.whyStopped.value = isOver || lastStop.code === 'driver-changed' ? undefined : lastStop;
    if (isNews) this.tell(this.#wordsHere(alertOfEvent(lastStop, texts.value)), receivedAtMs);
  }

  /** To the page that took over, or came back, the driver is no other; and a late signal over a quick link is no matter of distance. */
  #wordsHere(alert: NewAlert): NewAlert {
    if (alert.code === 'driver-changed' && this.isDriver.value) return { ...alert, text: texts.value.drivesNow };
    const link = this.clock.best;
    if (alert.code !== 'driver-late' || link === undefined || link.roundTripMs > quickLinkMs) return alert;
    return { ...alert, cure: texts.value.busyNotFar };
  }
}
