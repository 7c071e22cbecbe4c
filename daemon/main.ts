import { join } from 'node:path';
import { neutralise } from './actuation/neutralise.ts';
import { wheelsFile } from './actuation/neutraliser/wheels-file.ts';
import { sysfsDutyFile } from './actuation/pins/sysfs-pwm.ts';
import { AutoArming } from './auto-arming.ts';
import type { CarConfig } from './car/config.ts';
import { findModel } from './car/find-model.ts';
import { installedNetworks } from './car/installed-networks.ts';
import type { ConfigKeeper } from './car/passing-config.ts';
import { isSame } from './car/settings.ts';
import { startReadings } from './car-readings.ts';
import { CarSettings } from './car-settings.ts';
import { CarView } from './car-view.ts';
import { keepRunning } from './keep-running.ts';
import { resolveCamera } from './perception/camera/resolve-camera.ts';
import { checkDrivable } from './perception/detector/model/layout.ts';
import { readModelFile } from './perception/detector/model/model-file.ts';
import { perceptionStart, simulatedCameraPlan } from './perception-start.ts';
import { createDriveLoop, type DriveSnapshot } from './planning/drive-loop.ts';
import { writeFileAtomically } from './platform/atomic-file.ts';
import { monotonicNowMs } from './platform/clock.ts';
import type { Logger } from './platform/log.ts';
import { projectFolder } from './platform/paths.ts';
import { runtimeFolder, stateFolder } from './platform/state-folder.ts';
import { UserError } from './platform/user-error.ts';
import {
  type ActuationProcess,
  type PerceptionProcess,
  type ProcessLog,
  startActuation,
  startPerception,
} from './processes.ts';
import { ProofOfProgress } from './proof-of-progress.ts';
import type { ActuatorConfig } from './protocol/actuation-messages.ts';
import { eventTexts } from './protocol/events.ts';
import type { PerceptionReport } from './protocol/perception-messages.ts';
import type { PictureLevel } from './protocol/picture-levels.ts';
import { rates } from './protocol/rates.ts';
import type { Health } from './protocol/telemetry.ts';
import { settingsRoutes } from './remote/api/settings-routes.ts';
import { openDoor } from './remote/open-door.ts';
import { Access } from './remote/pairing/access.ts';
import { openPairingDesk, type PairingDesk } from './remote/pairing/pairing-desk.ts';
import type { RemoteRequest } from './remote/remote-port.ts';
import { startRemote } from './remote/start-remote.ts';
import { startSimulatedCar, type TrackOptions } from './simulated-car.ts';

/** Longer than actuation tries by itself to bring a board that does not answer to neutral. */
const actuationGraceMs = 3200;
const perceptionGraceMs = 1500;

export interface CarOptions extends TrackOptions {
  /** Arm and drive as soon as nothing stands in the way, without a phone. */
  readonly auto: boolean;
  /** By a person at this machine's keyboard, rather than by the system. */
  readonly startedByHand: boolean;
  readonly trace?: string;
  /** Where what is changed on the phone is kept. */
  readonly keeper: ConfigKeeper;
  /** The configuration file cannot be used, why, and an older one is in force: it does not drive off by itself. */
  readonly configFallback?: string;
}

export interface RunningCar {
  /** Who may come in; a button on the car that is to open pairing calls `access.openPairing`. */
  readonly access: Access;
  readonly fingerprint: string | undefined;
  readonly urls: readonly string[];
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
export async function startCar(initial: CarConfig, options: CarOptions, output: ProcessLog): Promise<RunningCar> {
  const { log } = output;
  let config = initial;
  checkSetup(config, options);
  // What perception would only report as a failed detector, with the car waiting for ever, is refused here.
  checkNetwork(config.detector.modelFile);
  // `camera.source` alone says which camera: the simulated car's wheels go with any.
  const ownCamera = await resolveCamera(config.camera.source, config.camera);

  // The port first: it is refused at once, or not at all.
  const door = await openDoor(config.remote);
  const access = openAccess();

  function openAccess(): Access {
    try {
      const { startedByHand } = options;
      return Access.open({ ...door.address, stateFolder: stateFolder(), startedByHand, nowMs: monotonicNowMs, log });
    } catch (error) {
      door.close();
      throw error;
    }
  }

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
  let stopping = false;
  let clients = 0;
  let pictureLevels: readonly PictureLevel[] = [];
  let eyes: PerceptionProcess | undefined;

  const settings = new CarSettings({
    config,
    keeper: options.keeper,
    checkNetwork,
    apply(next, before) {
      config = next;
      loop.reconfigure(next);
      view.reconfigure(next);
      if (!isSame(next.actuators, before.actuators)) actuation.restart(actuationGraceMs);
      if (!isSame(next.detector, before.detector)) perception.restart(perceptionGraceMs);
    },
  });

  // Phones. All that their requests reach is there by the time the first one can come.
  const remote = await startRemote({
    door,
    access,
    pageFolder: join(projectFolder(), 'dist', 'web-remote'),
    routes: settingsRoutes({ settings, networks: installedNetworks }),
    log,
    callbacks: {
      onDrive(command) {
        loop.acceptDriverCommand(command);
        step();
      },
      onRequest: obeyPhone,
      isArmed: () => snapshot !== undefined && ['manual', 'auto', 'stopping'].includes(snapshot.mode),
      onClients(count) {
        if (count > clients) tellStart();
        clients = count;
        loop.setConnectedClients(count);
      },
      onPictureLevels(levels) {
        pictureLevels = levels;
        eyes?.send({ kind: 'show', levels: [...levels] });
      },
      health,
    },
  });
  function health(): Health {
    return view.health(snapshot, simulated?.state(), {
      perception: perception.child?.pid ?? null,
      actuation: actuation.child?.pid ?? null,
      simulator: simulated?.pid ?? null,
    });
  }

  // People at the car itself.
  const desk = access.pairingNeeded ? await openDesk() : undefined;
  function openDesk(): Promise<PairingDesk | undefined> {
    const { port, urls } = door.address;
    const { fingerprint } = door;
    const folder = runtimeFolder();
    return openPairingDesk({ access, folder, port, urls, fingerprint, nowMs: monotonicNowMs, log }).catch((error) => {
      log.error({ err: error, folder }, 'pairing cannot be opened by a command: its socket could not be made');
      return undefined;
    });
  }

  /** What every page must know of the start, also one that comes later. */
  function tellStart(): void {
    if (options.configFallback === undefined) return;
    remote.sendEvent({ code: 'config-fallback', atMs: monotonicNowMs(), detail: options.configFallback });
  }
  if (options.configFallback !== undefined) log.warn({ event: 'config-fallback' }, options.configFallback);

  // Wheels.
  let wheels: ActuationProcess | undefined;
  const actuation = keepRunning({
    name: 'actuation',
    log,
    nowMs: monotonicNowMs,
    start() {
      const started = startActuation(output, (report) => {
        // The last words of one that is gone say nothing of the one to come.
        if (actuation.child !== started.child) return;
        progress.heard(report);
        loop.acceptActuation(report);
        readings.acceptActuation(report);
      });
      leaveWheelsFile(actuators(), log);
      started.send({ kind: 'start', config: actuators() });
      wheels = started;
      return started.child;
    },
    async onDown() {
      wheels = undefined;
      loop.setProcessAlive('actuation', false);
      // Its last pulse goes on for ever unless somebody ends it.
      await neutralise(actuators()).catch((error: unknown) =>
        log.error({ err: error }, 'the wheels could not be neutralised'),
      );
    },
    onRestart() {
      wheels = undefined;
      loop.expectAnew('actuation');
    },
  });

  // What the car measures of itself.
  const readings = startReadings(config.actuators.battery, (newest) => {
    loop.acceptReadings(newest);
    view.setReadings(newest);
  });

  // Eyes. A real car with the simulator's camera was refused above.
  const cameraProgram = ownCamera ?? simulatedCameraPlan(simulated?.cameraCommand ?? [], config.camera.framesPerSecond);
  const perception = keepRunning({
    name: 'perception',
    log,
    nowMs: monotonicNowMs,
    start() {
      loop.setProcessAlive('perception', true);
      const start = perceptionStart(config, findModel(config.detector.modelFile), cameraProgram);
      const started = startPerception(output, start, (report, payload) => {
        // The last words of one that is gone would bring it back to life.
        if (perception.child === started.child) hear(report, payload);
      });
      started.send({ kind: 'show', levels: [...pictureLevels] });
      eyes = started;
      return started.child;
    },
    async onDown() {
      eyes = undefined;
      loop.setProcessAlive('perception', false);
      view.clearPerception();
    },
    onRestart() {
      eyes = undefined;
      loop.expectAnew('perception');
      view.clearPerception();
    },
  });

  function hear(report: PerceptionReport, payload: Uint8Array): void {
    switch (report.kind) {
      case 'detections':
        loop.acceptDetections(report);
        view.setDetections(report);
        step();
        break;
      case 'picture':
        view.setPicture(report, payload, monotonicNowMs());
        showPicture();
        break;
      case 'detector':
        loop.acceptDetectorState(report);
        view.setDetector(report);
        break;
      case 'camera':
        loop.acceptCameraState(report);
        view.setCamera(report);
        break;
      case 'perception-rate':
        view.setRate(report);
        break;
    }
  }

  function obeyPhone(request: RemoteRequest): void {
    if (request.kind !== 'driver-changed' && request.kind !== 'driver-gone') autoArming.personTookCharge();
    if (request.kind === 'reset-simulated-car') {
      resetSimulatedCar(request);
      return;
    }
    const answer = loop.request(
      request.kind === 'arm' ? { kind: 'arm', mode: request.mode, armedBy: 'remote' } : request,
      monotonicNowMs(),
    );
    if (!answer.accepted && request.kind === 'arm') remote.refuseArming(request.sessionId, answer.obstacles);
    else if (!answer.accepted) {
      remote.refuse(request.sessionId, request.kind, answer.obstacles.map((obstacle) => obstacle.text).join('; '));
    }
    step();
  }

  function resetSimulatedCar({ sessionId, kind }: RemoteRequest): void {
    if (simulated === undefined) remote.refuse(sessionId, kind, 'This car is a real one: put it back by hand');
    else if (snapshot?.mode !== 'disarmed') remote.refuse(sessionId, kind, 'The car is armed: disarm it first');
    else simulated.reset();
  }

  // The loop: on its own rhythm, and at once when something new came in.
  const autoArming = new AutoArming({
    wanted: options.auto && options.configFallback === undefined,
    startedAtMs: monotonicNowMs(),
  });
  function step(): void {
    const nowMs = monotonicNowMs();
    const result = loop.step(nowMs);
    snapshot = result.snapshot;
    for (const command of result.commands) wheels?.send(command);
    for (const event of result.events) {
      const text = eventTexts[event.code];
      log[text.severity === 'info' ? 'info' : 'warn']({ event: event.code }, event.detail ?? text.text);
      remote.sendEvent(event);
    }
    if (autoArming.isDue(snapshot, nowMs)) loop.request({ kind: 'arm', mode: 'auto', armedBy: 'daemon' }, nowMs);
    showPicture();
    progress.stepped(result.snapshot.mode !== 'disarmed' && result.snapshot.mode !== 'estop');
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

  return {
    access,
    fingerprint: door.fingerprint,
    urls: remote.address.urls,
    failed: simulated?.lost ?? new Promise(() => {}),
    health,
    hasProgressed: () => progress.hasProgressed(),
    async stop() {
      if (stopping) return;
      stopping = true;
      loop.request({ kind: 'shutdown' }, monotonicNowMs());
      step();
      // Wheels first: closing the pipe makes them neutral. If it hangs, the silence is still noticed.
      const ended = actuation.end(actuationGraceMs);
      wheels = undefined;
      await ended;
      clearInterval(control);
      clearInterval(telemetry);
      desk?.close();
      readings.stop();
      await Promise.all([perception.end(perceptionGraceMs), remote.close()]);
      await simulated?.end();
    },
  };
}

/** What the neutraliser needs, for when this process is gone. Without it the car drives all the same. */
function leaveWheelsFile(actuators: ActuatorConfig, log: Logger): void {
  const text = wheelsFile(actuators, (pin) => sysfsDutyFile('/sys', pin));
  if (text === undefined) return;
  try {
    writeFileAtomically(join(stateFolder(), 'wheels'), text);
  } catch (error) {
    log.error({ err: error }, 'the neutraliser is not told of the wheels');
  }
}

/** @throws UserError for a network that is not there, or that no car can drive with. */
function checkNetwork(modelFile: string): void {
  checkDrivable(readModelFile(findModel(modelFile)));
}

/** @throws UserError for a setup that would turn real wheels by a rendered picture, or ignore what was asked for. */
function checkSetup(config: CarConfig, options: CarOptions): void {
  const realWheels = config.actuators.bus.kind === 'linux';
  if (realWheels && config.camera.source === 'simulator') {
    throw new UserError(
      `vehicle ${config.vehicle.name} has real wheels, and the simulator's camera shows another car's way. ` +
        'Change --camera, or actuators.bus in the configuration.',
    );
  }
  if (!realWheels) return;
  for (const option of ['track', 'scale', 'reverse', 'obstacle', 'seed', 'trace'] as const) {
    if (options[option] === undefined) continue;
    throw new UserError(
      `--${option} is for the simulated car, and ${config.vehicle.name} is a real one. Leave it out.`,
    );
  }
}
