import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { ArmingObstacle } from '../../daemon/protocol/modes.ts';
import { rates } from '../../daemon/protocol/rates.ts';
import type { ServerMessage } from '../../daemon/protocol/remote-messages.ts';
import type { Telemetry } from '../../daemon/protocol/telemetry.ts';
import { type Alert, addAlert, alertOfEvent, expireAlerts } from './alert-list.ts';
import { initialSender, stepSender } from './driving/drive-sender.ts';
import { DriverInput } from './driving/driver-input.ts';
import { type ResumeGuard, stepResumeGuard } from './driving/resume-guard.ts';
import { shapeDemand } from './driving/stick-feel.ts';
import { CarClock } from './link/car-clock.ts';
import { type Connection, openControlLink } from './link/control-link.ts';
import { openVideoLink, type ReceivedPicture } from './link/video-link.ts';
import { keptSettings, type Settings } from './settings.ts';
import { texts } from './texts/language.ts';

export type DrivingMode = 'manual' | 'auto';

/** Everything that the parts of the page show and do. */
export interface RemoteApp {
  readonly connection: ReadonlySignal<Connection>;
  readonly isDriver: ReadonlySignal<boolean>;
  readonly telemetry: ReadonlySignal<Telemetry | undefined>;
  /** The car's nature, as far as known; a lost connection does not change it. */
  readonly isSimulated: ReadonlySignal<boolean>;
  readonly alerts: ReadonlySignal<readonly Alert[]>;
  /** Why the car cannot be armed now. */
  readonly obstacles: ReadonlySignal<readonly ArmingObstacle[]>;
  /** The mode that arming leads to. */
  readonly wantedMode: ReadonlySignal<DrivingMode>;
  readonly settings: Signal<Settings>;
  readonly input: DriverInput;
  readonly carClock: CarClock;
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
  resetSimulatedCar(): void;
  reconnect(): void;
  dismiss(alertId: number): void;
}

const pingPeriodMs = 500;
/** A stop is said again until the car has confirmed it. */
const stopRepeatMs = 200;
const refusalShownMs = 8000;

/** Joins the connections, the driver's input and what is shown. Runs until the page is closed. */
export function startRemoteApp(): RemoteApp {
  const connection = signal<Connection>('connecting');
  const isDriver = signal(false);
  const telemetry = signal<Telemetry | undefined>(undefined);
  const isSimulated = signal(false);
  const alerts = signal<readonly Alert[]>([]);
  const refusal = signal<{ obstacles: readonly ArmingObstacle[]; untilMs: number } | undefined>(undefined);
  const wantedMode = signal<DrivingMode>('manual');
  const settings = keptSettings();
  const input = new DriverInput();
  const carClock = new CarClock();
  let sender = initialSender;
  let guard: ResumeGuard = 'unproven';
  let stopUnconfirmed = false;
  let toldStopAtMs: number | undefined;

  const onMessage = (message: ServerMessage, receivedAtMs: number): void => {
    switch (message.kind) {
      case 'welcome':
        if (isDriver.value !== message.isDriver) input.releaseAll();
        isDriver.value = message.isDriver;
        return;
      case 'telemetry': {
        telemetry.value = message;
        isSimulated.value = message.simulated !== undefined;
        if (message.lastStop !== undefined && message.lastStop.atMs !== toldStopAtMs) {
          toldStopAtMs = message.lastStop.atMs;
          alerts.value = addAlert(alerts.value, alertOfEvent(message.lastStop, texts.value.events), receivedAtMs);
        }
        if (message.mode === 'estop') stopUnconfirmed = false;
        if (message.mode !== 'disarmed') refusal.value = undefined;
        const step = stepResumeGuard(guard, message.mode, isDriver.value);
        guard = step.guard;
        if (step.disarm) link.send({ kind: 'disarm' });
        return;
      }
      case 'event':
        alerts.value = addAlert(alerts.value, alertOfEvent(message.event, texts.value.events), receivedAtMs);
        return;
      case 'arming-refused':
        refusal.value = { obstacles: message.obstacles, untilMs: receivedAtMs + refusalShownMs };
        return;
      case 'refused': {
        const text = texts.value.refusals[message.request] ?? message.text;
        const alert = { severity: 'warning', text, cure: '' } as const;
        alerts.value = addAlert(alerts.value, alert, receivedAtMs);
        return;
      }
      case 'pong':
        carClock.observe(message.sentAtMs, receivedAtMs, message.atMs);
        return;
    }
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
      demand: shapeDemand(deflection, settings.value.throttleCap),
      touched,
      inputAtMs,
    });
    sender = step.state;
    if (step.message !== undefined) link.send(step.message);
  };
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
    obstacles: computed(() => {
      const mode = telemetry.value?.mode;
      if (mode !== 'disarmed') return [];
      return refusal.value?.obstacles ?? telemetry.value?.obstacles ?? [];
    }),
    wantedMode,
    settings,
    input,
    carClock,
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
  }, 250);
  const eachFrame = (): void => {
    input.look(performance.now());
    requestAnimationFrame(eachFrame);
  };
  eachFrame();

  window.addEventListener('blur', letGo);
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) letGo();
  });
  window.addEventListener('pagehide', letGo);
  listenToKeys(app, drive, letGo);
  return app;
}

function listenToKeys(app: RemoteApp, drive: () => void, letGo: () => void): void {
  const typedElsewhere = (event: KeyboardEvent): boolean =>
    event.target instanceof HTMLInputElement && event.code.startsWith('Arrow');
  window.addEventListener(
    'keydown',
    (event) => {
      if (event.code === 'Space') {
        // Even with the focus on some button: the space bar is the stop, Enter presses buttons.
        event.preventDefault();
        if (!event.repeat) app.stop();
      } else if (event.ctrlKey || event.metaKey || event.altKey) {
        // With Meta held, macOS tells of no key's release: what was pressed would stay so.
        letGo();
      } else if (!typedElsewhere(event)) {
        if (app.input.key(event.code, true, performance.now())) {
          event.preventDefault();
          if (!event.repeat) drive();
        }
      }
    },
    { capture: true },
  );
  window.addEventListener(
    'keyup',
    (event) => {
      if (event.code === 'Space') event.preventDefault();
      else if (app.input.key(event.code, false, performance.now())) drive();
    },
    { capture: true },
  );
}

/** By which the car knows this page again after a broken connection. `randomUUID` needs https; this does not. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
