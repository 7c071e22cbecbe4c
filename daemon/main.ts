import { join } from 'node:path';
import { AutoArming, autoArmingText } from './auto-arming.ts';
import { BlackBoxRecording } from './black-box-recording.ts';
import type { CarConfig } from './car/config.ts';
import { type ConfigFallback, fallbackInWords } from './car/config-store.ts';
import type { ConfigKeeper } from './car/passing-config.ts';
import { isSame } from './car/settings.ts';
import { keepActuation } from './children/kept-actuation.ts';
import { keepPerception } from './children/kept-perception.ts';
import { networkFileOf, perceptionStart, simulatedCameraPlan } from './children/perception-start.ts';
import { startSimulatedCar, type TrackOptions } from './children/simulated-car.ts';
import { openFrontDoor } from './front-door.ts';
import type { LogOutput } from './log/log-output.ts';
import { resolveCamera } from './perception/camera/resolve-camera.ts';
import { startReadings } from './phone/car-readings.ts';
import { carRoutes } from './phone/car-routes.ts';
import { CarSettings } from './phone/car-settings.ts';
import { CarView } from './phone/car-view.ts';
import { openPairingAtCar, pairingCode } from './phone/pairing-at-car.ts';
import { obeyPhone } from './phone/phone-requests.ts';
import { createDriveLoop, type DriveSnapshot } from './planning/drive-loop.ts';
import { monotonicNowMs } from './platform/clock.ts';
import { projectFolder } from './platform/paths.ts';
import { stateFolder } from './platform/state-folder.ts';
import { ProofOfProgress } from './proof-of-progress.ts';
import type { ActuatorConfig } from './protocol/actuator-config.ts';
import { type CarEvent, eventTexts } from './protocol/events.ts';
import { rates } from './protocol/rates.ts';
import type { Health } from './protocol/telemetry.ts';
import { isOutwardUrl } from './remote/outward-urls.ts';
import type { Access } from './remote/pairing/access.ts';
import { startRemote } from './remote/start-remote.ts';
import { checkChosenNetwork, checkNetworkAtStart, checkSetup } from './setup-check.ts';
import { startStatusScreen } from './status-screen/status-screen.ts';

export interface CarOptions extends TrackOptions {
  /** Arm and drive as soon as nothing stands in the way, without a phone. */
  readonly auto: boolean;
  /** By a person at this machine's keyboard, rather than by the system. */
  readonly startedByHand: boolean;
  /** The address to listen on, where the command line says it. */
  readonly host?: string;
  readonly trace?: string;
  /** Ends the program for systemd to start it again; absent where nothing would. */
  readonly restartProgram?: () => void;
  /** Where what is changed on the phone is kept. */
  readonly keeper: ConfigKeeper;
  /** The configuration file cannot be used, why, and an older one is in force: it does not drive off by itself. */
  readonly configFallback?: ConfigFallback;
}

export interface RunningCar {
  /** Who may come in; a button on the car that is to open pairing calls `access.openPairing`. */
  readonly access: Access;
  readonly fingerprint: string | undefined;
  readonly urls: readonly string[];
  /** Why a service that was started does not drive by itself: no network, or none that its runtime takes. */
  readonly networkTrouble: string | undefined;
  /** Settles with why, when the car cannot go on. */
  readonly failed: Promise<string>;
  health(): Health;
  /** Whether it got on with its work since this was asked last (proof-of-progress.ts). */
  hasProgressed(): boolean;
  stop(): Promise<void>;
}

/**
 * The composition root: configuration in, processes out.
 * @throws UserError when something the user named cannot be used.
 */
export async function startCar(initial: CarConfig, options: CarOptions, output: LogOutput): Promise<RunningCar> {
  const { log } = output;
  let config = initial;
  checkSetup(config, options);
  // What perception would only report as a failed detector, with the car waiting for ever, is refused here, as far as the
  // files alone tell, those of the network and of a library of the system that is to run it.
  const networkTrouble = checkNetworkAtStart(
    config.detector,
    options.restartProgram === undefined ? 'person' : 'service',
  );
  if (networkTrouble !== undefined) log.error(`the car will not drive by itself: ${networkTrouble}`);
  // `camera.source` alone says which camera: the simulated car's wheels go with any.
  const ownCamera = await resolveCamera(config.camera.source, config.camera);

  const { door, access, leave } = await openFrontDoor(config, options, log);

  // The simulated car, where the configuration drives one.
  const simulated =
    config.actuators.bus.kind === 'simulated'
      ? await startSimulatedCar(config, options, output).catch((error: unknown) => {
          door.close();
          throw error;
        })
      : undefined;
  const actuators = (): ActuatorConfig =>
    simulated === undefined
      ? config.actuators
      : { ...config.actuators, bus: { kind: 'simulated', socket: simulated.socket } };

  const loop = createDriveLoop({ config });
  const view = new CarView(config, loop.pilotName);
  let snapshot: DriveSnapshot | undefined;
  const progress = new ProofOfProgress();
  const recording = new BlackBoxRecording(join(stateFolder(), 'black-box'), log);
  let stopping = false;

  const settings = new CarSettings({
    config,
    keeper: options.keeper,
    checkNetwork: (modelFile) => checkChosenNetwork({ ...config.detector, modelFile }),
    apply(next, before) {
      config = next;
      // The file is whole again: a change begins with the copy that is in force, and is kept before it is applied.
      lasting.delete('config-fallback');
      loop.reconfigure(next);
      view.reconfigure(next);
      if (!isSame(next.actuators, before.actuators)) actuation.restart();
      if (!isSame(next.detector, before.detector)) perception.restart();
    },
  });

  // Phones. All that their requests reach is there by the time the first one can come.
  const remote = await startRemote({
    door,
    access,
    pageFolder: join(projectFolder(), 'dist', 'web-remote'),
    routes: carRoutes({
      settings,
      book: output.book,
      isSimulated: simulated !== undefined,
      restartProgram: options.restartProgram,
    }),
    nowMs: monotonicNowMs,
    log,
    callbacks: {
      onDrive(command) {
        loop.acceptDriverCommand(command);
        step();
      },
      onRequest: (request) => obeyPhone(request, { loop, remote, autoArming, simulated, mode: snapshot?.mode, step }),
      isArmed: () => snapshot !== undefined && ['manual', 'auto', 'stopping'].includes(snapshot.mode),
      onClients: (count) => loop.setConnectedClients(count),
      standingEvents: () => [...lasting.values(), ...loop.standingEvents(monotonicNowMs())],
      onPictureLevels: (levels) => perception.show(levels),
      health,
    },
  });
  function health(): Health {
    return view.health(snapshot, simulated?.state(), {
      perception: perception.pid ?? null,
      actuation: actuation.pid ?? null,
      simulator: simulated?.pid ?? null,
    });
  }

  /** What every page must know until it is mended, also one that comes later. */
  const lasting = new Map<CarEvent['code'], CarEvent>();
  if (options.configFallback !== undefined) {
    const { text, trouble } = options.configFallback;
    log.warn({ event: 'config-fallback' }, fallbackInWords(options.configFallback));
    const said = { detail: text, ...(trouble !== undefined && { trouble }) };
    lasting.set('config-fallback', { code: 'config-fallback', atMs: monotonicNowMs(), ...said });
  }

  output.onUnwritable((detail) => {
    const event: CarEvent = { code: 'log-unwritable', atMs: monotonicNowMs(), detail };
    lasting.set(event.code, event);
    remote.sendEvent(event);
  });

  // What the car measures of itself.
  const readings = startReadings(config.actuators.battery, (newest) => {
    loop.acceptReadings(newest);
    view.setReadings(newest);
  });

  // The processes, each kept running.
  const actuation = keepActuation({
    output,
    loop,
    recording,
    actuators,
    onReport(report) {
      progress.heard(report);
      readings.acceptActuation(report);
    },
    onGivenUp() {
      const event: CarEvent = { code: 'actuation-given-up', atMs: monotonicNowMs() };
      lasting.set(event.code, event);
      remote.sendEvent(event);
    },
  });

  // A real car with the simulator's camera was refused above.
  const cameraProgram = ownCamera ?? simulatedCameraPlan(simulated?.cameraCommand ?? [], config.camera.framesPerSecond);
  const perception = keepPerception({
    output,
    loop,
    view,
    recording,
    startWith: () => perceptionStart(config, networkFileOf(config), cameraProgram),
    onDetections: step,
    onPicture: showPicture,
  });

  // The loop: on its own rhythm, and at once when something new came in.
  const autoArming = new AutoArming({
    wanted: options.auto && options.configFallback === undefined,
    startedAtMs: monotonicNowMs(),
  });
  function step(): void {
    const nowMs = monotonicNowMs();
    // Before the step, so that nobody is told of a disarmed car that is armed.
    if (snapshot !== undefined) armByItself(snapshot, nowMs);
    const result = loop.step(nowMs);
    snapshot = result.snapshot;
    recording.stepped(result, nowMs);
    for (const command of result.commands) actuation.send(command);
    for (const event of result.events) {
      const text = eventTexts[event.code];
      log[text.severity === 'info' ? 'info' : 'warn']({ event: event.code }, event.detail ?? text.text);
      remote.sendEvent(event);
    }
    showPicture();
    progress.stepped(result.snapshot.mode !== 'disarmed' && result.snapshot.mode !== 'estop');
  }
  function armByItself(standing: DriveSnapshot, nowMs: number): void {
    const arming = autoArming.step(standing, nowMs);
    if (arming.isDue && loop.request({ kind: 'arm', mode: 'auto', armedBy: 'daemon' }, nowMs).accepted) {
      autoArming.granted();
    }
    const waiting = autoArmingText(arming);
    if (waiting !== undefined) log.warn(waiting);
  }
  function showPicture(): void {
    for (const { level, header, jpeg } of view.takePictures(monotonicNowMs(), snapshot)) {
      remote.sendPicture(level, header, jpeg);
    }
  }
  const control = setInterval(() => {
    view.stepped(monotonicNowMs());
    step();
  }, rates.controlPeriodMs);
  const telemetry = setInterval(() => {
    if (snapshot !== undefined) remote.sendTelemetry(view.telemetry(monotonicNowMs(), snapshot, simulated?.state()));
  }, rates.telemetryPeriodMs);

  // For people at the car itself. Last, for it takes a moment in which phones come already.
  const pairingSocket = await openPairingAtCar(door, access, log);
  const screen = await startStatusScreen({
    config: () => config.actuators.statusScreen,
    glance: () => view.glance(snapshot, remote.address.urls.find(isOutwardUrl), pairingCode(access)),
    send: (command) => actuation.send(command),
  });

  return {
    access,
    fingerprint: door.fingerprint,
    get urls() {
      return remote.address.urls;
    },
    networkTrouble,
    failed: simulated?.lost ?? new Promise(() => {}),
    health,
    hasProgressed: () => progress.hasProgressed(),
    async stop() {
      if (stopping) return;
      stopping = true;
      loop.request({ kind: 'shutdown' }, monotonicNowMs());
      step();
      // Who was told to end by the same signal did not fail by that.
      const perceptionEnded = perception.end();
      // Wheels first: that makes them neutral.
      await actuation.end();
      clearInterval(control);
      clearInterval(telemetry);
      pairingSocket?.close();
      screen.stop();
      readings.stop();
      await Promise.all([perceptionEnded, remote.close()]);
      await simulated?.end();
      leave();
    },
  };
}
