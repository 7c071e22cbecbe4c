import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Connection } from '../../daemon/protocol/car-link.ts';
import type { ReceivedPicture } from '../../daemon/protocol/car-pictures.ts';
import type { ArmingObstacle } from '../../daemon/protocol/modes.ts';
import { rates } from '../../daemon/protocol/rates.ts';
import type { ServerMessage } from '../../daemon/protocol/remote-messages.ts';
import type { Telemetry } from '../../daemon/protocol/telemetry.ts';
import { type Alert, addAlert, alertOfEvent, expireAlerts } from './alert-list.ts';
import { initialSender, stepSender } from './driving/drive-sender.ts';
import { DriverInput } from './driving/driver-input.ts';
import { isPadPushed, padValue } from './driving/gamepad-chart.ts';
import { readPad } from './driving/gamepads.ts';
import { listenToKeys } from './driving/keyboard.ts';
import { type ResumeGuard, stepResumeGuard } from './driving/resume-guard.ts';
import { shapeDemand } from './driving/stick-feel.ts';
import { listenToTilt } from './driving/tilt-sensor.ts';
import { shake } from './haptics.ts';
import { openControlLink, openVideoLink } from './link/browser-link.ts';
import { CarClock } from './link/car-clock.ts';
import { route } from './screens/route.ts';
import { addToSurvey, emptySurvey, type Survey } from './see/cone-survey.ts';
import { History } from './see/history.ts';
import { keptSettings, mappingFor, type Settings } from './settings.ts';
import { texts } from './texts/language.ts';
import { WakeLock } from './wake-lock.ts';

export type DrivingMode = 'manual' | 'auto';

/** Everything that the parts of the page show and do. */
export interface RemoteApp {
  readonly connection: ReadonlySignal<Connection>;
  readonly isDriver: ReadonlySignal<boolean>;
  readonly telemetry: ReadonlySignal<Telemetry | undefined>;
  /** The car's nature, as far as known; a lost connection does not change it. */
  readonly isSimulated: ReadonlySignal<boolean>;
  readonly alerts: ReadonlySignal<readonly Alert[]>;
  /** Another phone asks this one, which drives, to drive. */
  readonly asking: ReadonlySignal<{ readonly sessionId: string } | undefined>;
  /** Why the car cannot be armed now. */
  readonly obstacles: ReadonlySignal<readonly ArmingObstacle[]>;
  /** The mode that arming leads to. */
  readonly wantedMode: ReadonlySignal<DrivingMode>;
  readonly settings: Signal<Settings>;
  readonly input: DriverInput;
  readonly carClock: CarClock;
  /** The last minute, for plots, and the ground as far as it was seen: collected whatever screen is shown. */
  readonly history: History;
  readonly survey: ReadonlySignal<Survey>;
  /** Pictures shown in the last second. */
  readonly videoRate: Signal<number>;
  /** The stage that shows pictures puts itself here. */
  onPicture: (picture: ReceivedPicture) => void;
  /** Whatever is held is let go of, and the car told so at once: neutral. */
  letGo(): void;
  arm(): void;
  disarm(): void;
  chooseMode(mode: DrivingMode): void;
  stop(): void;
  releaseStop(): void;
  takeOver(): void;
  /** Of whoever drives, politely. */
  askToDrive(): void;
  /** To the phone that asked. */
  handOver(): void;
  /** To any connection of a phone that may drive. */
  handOverTo(sessionId: string): void;
  keepDriving(): void;
  resetSimulatedCar(): void;
  reconnect(): void;
  dismiss(alertId: number): void;
}

const pingPeriodMs = 500;
/** A stop is said again until the car has confirmed it. */
const stopRepeatMs = 200;
const refusalShownMs = 8000;
/** There and back in less than this: the phone is near enough. */
const quickLinkMs = 60;
const askShownMs = 15_000;

/** Joins the connections, the driver's input and what is shown. Runs until the page is closed. */
export function startRemoteApp(): RemoteApp {
  const connection = signal<Connection>('connecting');
  const isDriver = signal(false);
  const telemetry = signal<Telemetry | undefined>(undefined);
  const isSimulated = signal(false);
  const alerts = signal<readonly Alert[]>([]);
  const refusal = signal<{ obstacles: readonly ArmingObstacle[]; untilMs: number } | undefined>(undefined);
  const asking = signal<{ readonly sessionId: string; readonly untilMs: number } | undefined>(undefined);
  const wantedMode = signal<DrivingMode>('manual');
  const settings = keptSettings();
  const input = new DriverInput();
  const carClock = new CarClock();
  const history = new History();
  const survey = signal<Survey>(emptySurvey);
  let sender = initialSender;
  let guard: ResumeGuard = 'unproven';
  let stopUnconfirmed = false;
  let toldStopAtMs: number | undefined;

  const tell = (alert: Omit<Alert, 'id' | 'untilMs'>, nowMs: number): void => {
    alerts.value = addAlert(alerts.value, alert, nowMs);
    if (settings.value.haptics) shake(alert.severity);
  };
  const onMessage = (message: ServerMessage, receivedAtMs: number): void => {
    switch (message.kind) {
      case 'welcome':
        if (isDriver.value !== message.isDriver) input.releaseAll();
        isDriver.value = message.isDriver;
        if (!message.isDriver) asking.value = undefined;
        return;
      case 'telemetry': {
        history.add(message, carClock.best?.roundTripMs);
        if (message.plan !== undefined) survey.value = addToSurvey(survey.value, message.plan);
        telemetry.value = message;
        isSimulated.value = message.simulated !== undefined;
        if (message.lastStop !== undefined && message.lastStop.atMs !== toldStopAtMs) {
          toldStopAtMs = message.lastStop.atMs;
          tell(alertOfEvent(message.lastStop, texts.value), receivedAtMs);
        }
        if (message.mode === 'estop') stopUnconfirmed = false;
        if (message.mode !== 'disarmed') refusal.value = undefined;
        const step = stepResumeGuard(guard, message.mode, isDriver.value);
        guard = step.guard;
        if (step.disarm) link.send({ kind: 'disarm' });
        return;
      }
      case 'event':
        tell(wordsForLink(alertOfEvent(message.event, texts.value)), receivedAtMs);
        return;
      case 'arming-refused':
        refusal.value = { obstacles: message.obstacles, untilMs: receivedAtMs + refusalShownMs };
        return;
      case 'refused': {
        const text = texts.value.refusals[message.request] ?? message.text;
        const alert = { severity: 'warning', text, cure: '' } as const;
        tell(alert, receivedAtMs);
        return;
      }
      case 'asked-to-drive':
        asking.value = { sessionId: message.sessionId, untilMs: receivedAtMs + askShownMs };
        if (settings.value.haptics) shake('warning');
        return;
      case 'pong':
        carClock.observe(message.sentAtMs, receivedAtMs, message.atMs);
        return;
    }
  };
  /** A late signal over a quick link is no matter of distance. */
  const wordsForLink = (alert: Omit<Alert, 'id' | 'untilMs'>): Omit<Alert, 'id' | 'untilMs'> => {
    const link = carClock.best;
    if (alert.code !== 'driver-late' || link === undefined || link.roundTripMs > quickLinkMs) return alert;
    return { ...alert, cure: texts.value.busyNotFar };
  };
  const onConnection = (now: Connection): void => {
    connection.value = now;
    if (now === 'connected') {
      if (carClock.best !== undefined) video.restart();
      carClock.reset();
      ping();
      return;
    }
    // Whatever was held is let go of, and nothing that was true of the car is known to be true any more.
    input.releaseAll();
    guard = 'unproven';
    isDriver.value = false;
    asking.value = undefined;
    telemetry.value = undefined;
    refusal.value = undefined;
  };
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const base = `${scheme}://${location.host}/ws`;
  const video = openVideoLink({ url: `${base}/video`, onPicture: (picture) => app.onPicture(picture) });
  const link = openControlLink({ url: `${base}/control?client=${randomKey()}`, onConnection, onMessage });
  const ping = (): void => {
    link.send({ kind: 'ping', sentAtMs: performance.now() });
  };

  const drive = (): void => {
    const nowMs = performance.now();
    const { deflection, touched, inputAtMs } = input.sample(nowMs);
    const step = stepSender(sender, {
      nowMs,
      connected: connection.value === 'connected',
      mayDrive: isDriver.value && guard === 'proven',
      attentive: document.hasFocus() && !document.hidden,
      mode: telemetry.value?.mode,
      demand: shapeDemand(deflection, settings.value),
      touched,
      inputAtMs,
    });
    sender = step.state;
    if (step.message !== undefined) link.send(step.message);
  };
  const atControls = (): boolean => (route.value[0] ?? 'drive') === 'drive';
  const letGo = (): void => {
    input.releaseAll();
    drive();
  };
  const sayStop = (): void => {
    if (stopUnconfirmed) link.send({ kind: 'stop' });
  };

  const app: RemoteApp = {
    connection,
    isDriver,
    telemetry,
    isSimulated,
    alerts,
    asking,
    obstacles: computed(() => {
      const mode = telemetry.value?.mode;
      if (mode !== 'disarmed') return [];
      if (refusal.value !== undefined) return refusal.value.obstacles;
      const { obstacles = [], autoObstacles } = telemetry.value ?? {};
      return wantedMode.value === 'auto' ? (autoObstacles ?? obstacles) : obstacles;
    }),
    wantedMode,
    settings,
    input,
    carClock,
    history,
    survey,
    videoRate: signal(0),
    letGo,
    onPicture: (picture) => picture.acknowledge(),
    arm: () => link.send({ kind: 'arm', mode: wantedMode.value }),
    disarm: () => link.send({ kind: 'disarm' }),
    chooseMode(mode) {
      const now = telemetry.value?.mode;
      if (now === 'manual' || now === 'auto') link.send({ kind: 'set-mode', mode });
      else refusal.value = undefined;
      wantedMode.value = mode;
    },
    stop() {
      stopUnconfirmed = true;
      letGo();
      sayStop();
    },
    releaseStop() {
      stopUnconfirmed = false;
      link.send({ kind: 'release-stop' });
    },
    resetSimulatedCar: () => link.send({ kind: 'reset-simulated-car' }),
    takeOver: () => link.send({ kind: 'take-over' }),
    askToDrive() {
      link.send({ kind: 'ask-to-drive' });
      tell({ severity: 'info', text: texts.value.askedToDrive, cure: '' }, performance.now());
    },
    handOver() {
      const to = asking.value?.sessionId;
      if (to !== undefined) app.handOverTo(to);
      asking.value = undefined;
    },
    handOverTo(sessionId) {
      letGo();
      link.send({ kind: 'hand-over', to: sessionId });
    },
    keepDriving() {
      asking.value = undefined;
    },
    reconnect: () => link.reconnect(),
    dismiss(alertId) {
      alerts.value = alerts.value.filter((alert) => alert.id !== alertId);
    },
  };

  setInterval(drive, rates.driverCommandPeriodMs);
  setInterval(ping, pingPeriodMs);
  setInterval(sayStop, stopRepeatMs);
  setInterval(() => {
    const nowMs = performance.now();
    alerts.value = expireAlerts(alerts.value, nowMs);
    if (refusal.value !== undefined && refusal.value.untilMs <= nowMs) refusal.value = undefined;
    if (asking.value !== undefined && asking.value.untilMs <= nowMs) asking.value = undefined;
  }, 250);
  let padStopHeld = false;
  const eachFrame = (): void => {
    requestAnimationFrame(eachFrame);
    const nowMs = performance.now();
    input.look(nowMs);
    const reading = readPad();
    const mapping = mappingFor(settings.value, reading?.id ?? '');
    const padStops = reading !== undefined && padValue(reading, mapping.stop) > 0.5;
    if (padStops && !padStopHeld) app.stop();
    padStopHeld = padStops;
    const wasPushed = isPadPushed(input.pad.value);
    input.lookAtPad({ kind: 'look', reading: atControls() ? reading : undefined, mapping, atMs: nowMs });
    // Letting go must not wait for the next tick.
    if (wasPushed !== isPadPushed(input.pad.value)) drive();
  };
  effect(() => {
    document.documentElement.dataset['appearance'] = settings.value.appearance;
  });
  const wakeLock = new WakeLock();
  effect(() => {
    const mode = telemetry.value?.mode;
    wakeLock.want(settings.value.keepAwake && mode !== undefined && mode !== 'disarmed');
  });
  effect(() => {
    input.tiltSteers = settings.value.sticks === 'tilt';
  });
  listenToTilt(input);
  eachFrame();

  window.addEventListener('blur', letGo);
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) letGo();
  });
  window.addEventListener('pagehide', letGo);
  listenToKeys({ input, atControls, onStop: app.stop, onChange: drive, letGo });
  return app;
}

/** By which the car knows this page again after a broken connection. `randomUUID` needs https; this does not. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
