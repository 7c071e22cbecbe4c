import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pino } from 'pino';
import { actuatorConfigTroubles } from '../../daemon/actuation/config-check.ts';
import { installedNetworks } from '../../daemon/car/installed-networks.ts';
import { configOf } from '../../daemon/car/load-config.ts';
import { PassingConfig } from '../../daemon/car/passing-config.ts';
import { LogBook } from '../../daemon/log/log-book.ts';
import { CarSettings } from '../../daemon/phone/car-settings.ts';
import { factsReader } from '../../daemon/phone/network-facts.ts';
import { askProgram } from '../../daemon/platform/ask-program.ts';
import { monotonicNowMs } from '../../daemon/platform/clock.ts';
import type { BoardHint } from '../../daemon/protocol/board.ts';
import type { DriverCommand } from '../../daemon/protocol/driver-command.ts';
import type { CarEvent } from '../../daemon/protocol/events.ts';
import type { ArmingObstacle, Mode } from '../../daemon/protocol/modes.ts';
import { type PowerAction, type PowerObstacle, powerActions } from '../../daemon/protocol/power.ts';
import { rates } from '../../daemon/protocol/rates.ts';
import type { WifiAnswer } from '../../daemon/protocol/wifi.ts';
import { logRoutes } from '../../daemon/remote/api/log-routes.ts';
import { powerRoutes } from '../../daemon/remote/api/power-routes.ts';
import { settingsRoutes } from '../../daemon/remote/api/settings-routes.ts';
import { wifiRoutes } from '../../daemon/remote/api/wifi-routes.ts';
import { type DoorOptions, openDoor } from '../../daemon/remote/open-door.ts';
import type { Access } from '../../daemon/remote/pairing/access.ts';
import type { Remote, RemoteRequest } from '../../daemon/remote/remote-port.ts';
import { startRemote } from '../../daemon/remote/start-remote.ts';
import { testAccess } from '../../daemon/remote/testing/access.ts';
import { renderScene, ringPlan, type Scene, sceneFrames } from './fake-scene.ts';
import { fakeTelemetry } from './fake-telemetry.ts';

const autoDemand = { steering: 0.32, throttle: 0.45 };
const wheelbaseM = 0.175;
const fullSteeringRad = 0.47;
const autoRadiusM = wheelbaseM / Math.tan(autoDemand.steering * fullSteeringRad);

/** Rendered once, for as many cars as there are. */
let rendered: Promise<Scene[]> | undefined;

/**
 * A make-believe car behind the real remote: enough of modes, motion and pictures to look at every state of the page.
 * Not a model of the daemon's safety; that is tested where it lives.
 */
export class FakeCar {
  readonly commands: DriverCommand[] = [];
  readonly requests: RemoteRequest[] = [];
  mode: Mode = 'disarmed';
  obstacles: ArmingObstacle[] = [];
  /** Clear it to refuse another mode while armed. */
  mayChangeMode = true;
  /** Set to hold the camera still. */
  cameraStalled = false;
  /** Added to the age that pictures are sent with. */
  extraAgeMs = 0;
  speedMps = 0;
  xM = 0;
  yM = 0;
  headingRad = 0;
  laps = 0;
  lastStop: CarEvent | undefined;
  hints: BoardHint[] = [];
  remote: Remote | undefined;
  access: Access | undefined;
  /** Real, but for what would obey them. */
  readonly settings = new CarSettings({
    config: configOf({}),
    keeper: new PassingConfig({ problemsOf: ({ actuators }) => actuatorConfigTroubles(actuators) }),
    checkNetwork: () => {},
    apply: () => {},
  });
  readonly book = new LogBook(randomUUID(), { maxEntries: 2000, maxCharacters: 250_000 });
  /** What was begun, and what stands in the way of it. */
  readonly powerBegun: PowerAction[] = [];
  isSimulated = true;
  powerObstacles: Partial<Record<PowerAction, PowerObstacle>> = {};
  wifi: WifiAnswer = {
    kind: 'there',
    wifi: {
      interface: 'wlan0',
      isUp: true,
      ssid: 'classroom',
      signalDbm: -58,
      qualityShare: 0.74,
      frequencyMhz: 5180,
      band: '5 GHz',
      channel: 36,
      rateMbps: 433.3,
      addresses: ['192.168.4.20', 'fe80::1c2d:3eff:fe4f:5061'],
    },
  };
  readonly #scenes: readonly Scene[];
  /** Undefined where there is no https. */
  httpsPort: number | undefined;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #frameId = 0;
  #stepAtMs = monotonicNowMs();

  constructor(scenes: readonly Scene[]) {
    this.#scenes = scenes;
  }

  static async start(port = 0, host = '127.0.0.1', https?: DoorOptions['https']): Promise<FakeCar> {
    rendered ??= Promise.all(Array.from({ length: sceneFrames }, (_, i) => renderScene(i)));
    const car = new FakeCar(await rendered);
    await car.open(port, host, https);
    return car;
  }

  get url(): string {
    return `http://127.0.0.1:${this.remote?.address.port}/`;
  }

  async open(port: number, host = '127.0.0.1', https?: DoorOptions['https']): Promise<void> {
    const door = await openDoor({ host, port, https });
    this.httpsPort = door.entrances.find(({ scheme }) => scheme === 'https')?.port;
    this.access = testAccess(door.address);
    this.remote = await startRemote({
      door,
      access: this.access,
      pageFolder: join(import.meta.dirname, '..', '..', 'dist', 'web-remote'),
      routes: [
        ...settingsRoutes({
          settings: this.settings,
          networks: installedNetworks,
          // The program starts anew for each network, beside a browser.
          networkFacts: factsReader((program, args, limitMs) => askProgram(program, args, 6 * limitMs)),
        }),
        ...logRoutes(this.book),
        ...powerRoutes({
          state: async () => ({
            isSimulated: this.isSimulated,
            actions: powerActions.map((action) => {
              const obstacle = this.powerObstacles[action];
              return { action, ...(obstacle !== undefined && { obstacle }) };
            }),
          }),
          begin: async (action) => {
            this.powerBegun.push(action);
            return { kind: this.isSimulated ? 'would' : 'begun', text: 'Done' };
          },
        }),
        ...wifiRoutes(async () => this.wifi),
      ],
      nowMs: monotonicNowMs,
      log: pino({ level: 'silent' }),
      callbacks: {
        onDrive: (command) => this.commands.push(command),
        onRequest: (request) => this.#request(request),
        isArmed: () => this.mode !== 'disarmed' && this.mode !== 'estop',
        onClients: () => {},
        standingEvents: () => [],
        onPictureLevels: () => {},
        health: () => ({
          ready: true,
          mode: this.mode,
          vehicle: 'fake',
          pilot: 'cones',
          framesPerSecond: 20,
          detectionAgeMs: 30,
          provider: 'cpu',
          laps: this.laps,
          pids: { planning: process.pid, perception: null, actuation: null, simulator: null },
        }),
      },
    });
    this.#timers.push(
      setInterval(() => this.#step(), 20),
      setInterval(() => this.#tell(), rates.telemetryPeriodMs),
      setInterval(() => this.#film(), 50),
    );
  }

  async close(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    await this.remote?.close();
  }

  #request(request: RemoteRequest): void {
    this.requests.push(request);
    const become = (mode: Mode, code: 'armed' | 'disarmed' | 'emergency-stop' | 'stop-released' | 'driver-lost') => {
      this.mode = mode;
      this.remote?.sendEvent({ code, atMs: monotonicNowMs() });
    };
    switch (request.kind) {
      case 'arm':
        if (this.mode === 'disarmed' && this.obstacles.length === 0) become(request.mode, 'armed');
        else this.remote?.refuseArming(request.sessionId, this.obstacles);
        return;
      case 'set-mode':
        if (this.mayChangeMode && (this.mode === 'manual' || this.mode === 'auto')) this.mode = request.mode;
        return;
      case 'disarm':
        if (this.mode !== 'estop') become('disarmed', 'disarmed');
        return;
      case 'stop':
        if (this.mode !== 'estop') become('estop', 'emergency-stop');
        return;
      case 'release-stop':
        if (this.mode === 'estop') become('disarmed', 'stop-released');
        return;
      case 'reset-simulated-car':
        this.xM = 0;
        this.yM = 0;
        return;
      case 'driver-gone':
        if (this.mode === 'manual') become('disarmed', 'driver-lost');
        return;
      case 'driver-changed':
        return;
    }
  }

  /** What the driver asks for; neutral when the last command is old. */
  get asked(): { steering: number; throttle: number } {
    const command = this.commands.at(-1);
    if (this.mode === 'auto') return autoDemand;
    if (command === undefined || this.mode !== 'manual') return { steering: 0, throttle: 0 };
    const ageMs = monotonicNowMs() - command.receivedAtMs + command.inputAgeMs;
    return ageMs > rates.driverNeutralAfterMs ? { steering: 0, throttle: 0 } : command;
  }

  #step(): void {
    const nowMs = monotonicNowMs();
    const seconds = (nowMs - this.#stepAtMs) / 1000;
    this.#stepAtMs = nowMs;
    const { steering, throttle } = this.asked;
    this.speedMps += (throttle * 2.5 - this.speedMps) * Math.min(1, seconds / 0.2);
    this.headingRad += ((this.speedMps * Math.tan(steering * fullSteeringRad)) / wheelbaseM) * seconds;
    this.xM += this.speedMps * Math.cos(this.headingRad) * seconds;
    this.yM += this.speedMps * Math.sin(this.headingRad) * seconds;
    this.laps = Math.floor(Math.abs(this.headingRad) / (2 * Math.PI));
  }

  #tell(): void {
    const scene = this.#scenes[this.#frameId % sceneFrames];
    const pose = { xM: this.xM, yM: this.yM, headingRad: this.headingRad };
    const driven = this.mode === 'auto' ? ringPlan(pose, autoRadiusM) : scene && { ...scene.plan, pose };
    this.remote?.sendTelemetry(fakeTelemetry(this, scene && driven));
  }

  #film(): void {
    if (this.cameraStalled) return;
    const scene = this.#scenes[this.#frameId % sceneFrames];
    if (scene === undefined) return;
    const { jpeg, widthPx, heightPx, detections, plan, pathPx, laneBordersPx, trajectoryPx } = scene;
    const ageMs = 38 + this.extraAgeMs;
    this.remote?.sendPicture(
      'full',
      {
        frameId: this.#frameId++,
        capturedAtMs: monotonicNowMs() - ageMs,
        ageMs,
        widthPx,
        heightPx,
        frameWidthPx: widthPx,
        frameHeightPx: heightPx,
        detections,
        plan,
        pathPx,
        laneBordersPx,
        trajectoryPx,
      },
      jpeg,
    );
  }
}
