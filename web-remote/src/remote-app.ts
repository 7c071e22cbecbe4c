import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Connection } from '../../daemon/protocol/car-link.ts';
import type { ReceivedPicture } from '../../daemon/protocol/car-pictures.ts';
import type { CarEvent } from '../../daemon/protocol/events.ts';
import type { ArmingObstacle } from '../../daemon/protocol/modes.ts';
import { rates } from '../../daemon/protocol/rates.ts';
import type { Telemetry } from '../../daemon/protocol/telemetry.ts';
import type { Alert } from './alert-list.ts';
import { CarNews } from './car-news.ts';
import { initialSender, stepSender } from './driving/drive-sender.ts';
import { DriverInput } from './driving/driver-input.ts';
import { isPadPushed, padValue } from './driving/gamepad-chart.ts';
import { readPad } from './driving/gamepads.ts';
import { listenToKeys } from './driving/keyboard.ts';
import { shapeDemand } from './driving/stick-feel.ts';
import { listenToTilt } from './driving/tilt-sensor.ts';
import { openControlLink, openVideoLink } from './link/browser-link.ts';
import type { CarClock } from './link/car-clock.ts';
import { route } from './screens/route.ts';
import type { Survey } from './see/cone-survey.ts';
import type { History } from './see/history.ts';
import { keptSettings, mappingFor, type Settings } from './settings.ts';
import { texts } from './texts/language.ts';
import { WakeLock } from './wake-lock.ts';

export type DrivingMode = 'manual' | 'auto';

/** Everything that the parts of the page show and do. */
export interface RemoteApp {
  readonly connection: ReadonlySignal<Connection>;
  /** It answers by HTTP, and the live connection is lost all the same: something in between keeps that from it. */
  readonly isLiveBlocked: Signal<boolean>;
  readonly isDriver: ReadonlySignal<boolean>;
  /** This phone is paired to watch: it may stop the car, and no more. */
  readonly mayOnlyWatch: ReadonlySignal<boolean>;
  readonly telemetry: ReadonlySignal<Telemetry | undefined>;
  /** The car's nature, as far as known; a lost connection does not change it. */
  readonly isSimulated: ReadonlySignal<boolean>;
  readonly alerts: ReadonlySignal<readonly Alert[]>;
  /** Why the car stands, until it drives again or somebody has dismissed that. */
  readonly whyStopped: ReadonlySignal<CarEvent | undefined>;
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
  /** Pictures that came in the last second, whatever screen is shown. */
  readonly videoRate: ReadonlySignal<number>;
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
  dismissStop(): void;
}

/** A stop is said again until the car has confirmed it. */
const stopRepeatMs = 200;
const expiryPeriodMs = 250;
const videoRatePeriodMs = 1000;

/** Joins the connections, the driver's input and what is shown. Runs until the page is closed. */
export function startRemoteApp(): RemoteApp {
  const connection = signal<Connection>('connecting');
  const wantedMode = signal<DrivingMode>('manual');
  const settings = keptSettings();
  const input = new DriverInput();
  let sender = initialSender;
  let stopUnconfirmed = false;
  /** What this page asked for while the car was armed; the car may refuse. */
  let askedMode: DrivingMode | undefined;
  const news = new CarNews(settings, {
    onDriverChange() {
      input.releaseAll();
      askedMode = undefined;
    },
    onOtherDriver() {
      // What was chosen outlasts a lost connection, but whoever takes over arms by hand, unless they choose otherwise.
      wantedMode.value = 'manual';
    },
    onStopConfirmed() {
      stopUnconfirmed = false;
    },
    onUnprovenArming: () => link.send({ kind: 'disarm' }),
  });
  const { asking, telemetry, refusal } = news;
  const onConnection = (now: Connection): void => {
    connection.value = now;
    if (now === 'connected') {
      if (news.clock.best !== undefined) video.restart();
      news.clock.reset();
      ping();
      return;
    }
    input.releaseAll();
    news.forget();
  };
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const base = `${scheme}://${location.host}/ws`;
  const videoRate = signal(0);
  let pictures = 0;
  const video = openVideoLink({
    url: `${base}/video?encoding=deflate`,
    onPicture(picture) {
      pictures++;
      app.onPicture(picture);
    },
  });
  const link = openControlLink({
    url: `${base}/control?encoding=deflate&client=${randomKey()}`,
    onConnection,
    onMessage: (message, atMs) => news.hear(message, atMs),
  });
  const ping = (): void => {
    link.send({ kind: 'ping', sentAtMs: performance.now() });
  };

  const drive = (): void => {
    const nowMs = performance.now();
    const { deflection, touched, inputAtMs } = input.sample(nowMs);
    const step = stepSender(sender, {
      nowMs,
      connected: connection.value === 'connected',
      mayDrive: news.mayDrive,
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
    isLiveBlocked: signal(false),
    isDriver: news.isDriver,
    mayOnlyWatch: news.mayOnlyWatch,
    telemetry,
    isSimulated: news.isSimulated,
    alerts: news.alerts,
    whyStopped: news.whyStopped,
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
    carClock: news.clock,
    history: news.history,
    survey: news.survey,
    videoRate,
    letGo,
    onPicture: (picture) => picture.acknowledge(),
    arm: () => link.send({ kind: 'arm', mode: wantedMode.value }),
    disarm: () => link.send({ kind: 'disarm' }),
    chooseMode(mode) {
      const now = telemetry.value?.mode;
      if (now === 'manual' || now === 'auto') {
        askedMode = mode;
        link.send({ kind: 'set-mode', mode });
        return;
      }
      refusal.value = undefined;
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
      news.tell({ severity: 'info', text: texts.value.askedToDrive, cure: '' }, performance.now());
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
      news.dismiss(alertId);
    },
    dismissStop() {
      news.whyStopped.value = undefined;
    },
  };

  setInterval(drive, rates.driverCommandPeriodMs);
  setInterval(ping, rates.pagePingPeriodMs);
  setInterval(sayStop, stopRepeatMs);
  setInterval(() => {
    videoRate.value = pictures;
    pictures = 0;
  }, videoRatePeriodMs);
  setInterval(() => {
    if (!document.hidden) news.expire(performance.now());
  }, expiryPeriodMs);
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
    const mode = telemetry.value?.mode;
    if (askedMode !== undefined && mode === askedMode) wantedMode.value = askedMode;
    else if (mode === 'manual' || mode === 'auto') return;
    askedMode = undefined;
  });
  effect(() => {
    input.tiltSteers = settings.value.sticks === 'tilt';
  });
  listenToTilt(input);
  eachFrame();

  window.addEventListener('blur', letGo);
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) letGo();
    // Nobody has read yet what was said meanwhile.
    else news.showAnew(performance.now());
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
