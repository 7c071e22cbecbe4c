import { once } from 'node:events';
import { pino } from 'pino';
import { afterEach, beforeEach } from 'vitest';
import { WebSocket } from 'ws';
import { monotonicNowMs } from '../../platform/clock.ts';
import type { DriverCommand } from '../../protocol/driver-command.ts';
import type { CarEvent } from '../../protocol/events.ts';
import type { PictureLevel } from '../../protocol/picture-levels.ts';
import { type ClientMessage, type ServerMessage, serverMessageSchema } from '../../protocol/remote-messages.ts';
import type { Telemetry } from '../../protocol/telemetry.ts';
import type { Route } from '../api/route.ts';
import { type DoorOptions, openDoor } from '../open-door.ts';
import type { Access } from '../pairing/access.ts';
import type { Remote, RemoteRequest } from '../remote-port.ts';
import { startRemote } from '../start-remote.ts';
import { testAccess } from './access.ts';

/** A queue of what has come, with a way to wait for what has not. */
export class Inbox<T> {
  readonly all: T[] = [];
  #waiting: (() => void)[] = [];

  push(item: T): void {
    this.all.push(item);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Resolves with the first item, past or future, that fits. The test's own time limit ends the wait. */
  async first<S extends T>(fits: (item: T) => item is S): Promise<S>;
  async first(fits: (item: T) => boolean): Promise<T>;
  async first(fits: (item: T) => boolean): Promise<T> {
    for (;;) {
      const found = this.all.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Resolves when at least so many have come. */
  async count(atLeast: number): Promise<void> {
    while (this.all.length < atLeast) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** The remote with a daemon behind it that only takes notes. */
export interface TestCar {
  readonly remote: Remote;
  readonly access: Access;
  readonly commands: Inbox<DriverCommand>;
  readonly requests: Inbox<RemoteRequest>;
  readonly clientCounts: Inbox<number>;
  readonly pictureLevels: Inbox<readonly PictureLevel[]>;
  readonly port: number;
  /** Undefined where there is no https. */
  readonly httpsPort: number | undefined;
}

export interface TestCarOptions {
  readonly pageFolder?: string;
  readonly host?: string;
  readonly https?: DoorOptions['https'];
  readonly patienceMs?: number;
  readonly routes?: readonly Route[];
  readonly isArmed?: () => boolean;
  readonly standingEvents?: () => readonly CarEvent[];
  readonly nowMs?: () => number;
}

/** A car for each test, which goes with it: whichever is the present one's. */
export function carForEachTest(options: TestCarOptions = {}): () => TestCar {
  let car: TestCar;
  beforeEach(async () => {
    car = await startTestCar(options);
  });
  afterEach(() => car.remote.close());
  return () => car;
}

export async function startTestCar(options: TestCarOptions = {}): Promise<TestCar> {
  const commands = new Inbox<DriverCommand>();
  const requests = new Inbox<RemoteRequest>();
  const clientCounts = new Inbox<number>();
  const pictureLevels = new Inbox<readonly PictureLevel[]>();
  const host = options.host ?? '127.0.0.1';
  const { https, patienceMs } = options;
  const door = await openDoor({ host, port: 0, https, ...(patienceMs !== undefined && { patienceMs }) });
  const access = testAccess({ host, port: door.address.port });
  const remote = await startRemote({
    door,
    access,
    pageFolder: options.pageFolder ?? '/nonexistent',
    routes: options.routes ?? [],
    nowMs: options.nowMs ?? monotonicNowMs,
    log: pino({ level: 'silent' }),
    callbacks: {
      onDrive: (command) => commands.push(command),
      onRequest: (request) => requests.push(request),
      isArmed: options.isArmed ?? (() => false),
      onClients: (count) => clientCounts.push(count),
      standingEvents: options.standingEvents ?? (() => []),
      onPictureLevels: (levels) => pictureLevels.push(levels),
      health: () => ({
        ready: true,
        mode: 'disarmed',
        vehicle: 'test',
        pilot: 'cones',
        framesPerSecond: 20,
        detectionAgeMs: null,
        provider: null,
        laps: null,
        pids: { planning: process.pid, perception: null, actuation: null, simulator: null },
      }),
    },
  });
  const httpsPort = door.entrances.find(({ scheme }) => scheme === 'https')?.port;
  return { remote, access, commands, requests, clientCounts, pictureLevels, port: remote.address.port, httpsPort };
}

/** A phone's control connection. */
export class TestPhone {
  readonly messages = new Inbox<ServerMessage>();
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  #sequence = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on('close', (code: number) => resolve(code));
    });
    socket.on('message', (data) => this.messages.push(serverMessageSchema.parse(JSON.parse(data.toString()))));
  }

  static async connect(
    port: number,
    options: { key?: string; autoPong?: boolean; token?: string } = {},
  ): Promise<TestPhone> {
    const query = options.key === undefined ? '' : `?client=${options.key}`;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/control${query}`, {
      autoPong: options.autoPong ?? true,
      origin: `http://127.0.0.1:${port}`,
      ...(options.token !== undefined && { headers: { Authorization: `Bearer ${options.token}` } }),
    });
    const phone = new TestPhone(socket);
    await once(socket, 'open');
    await phone.welcome();
    return phone;
  }

  welcome(): Promise<Extract<ServerMessage, { kind: 'welcome' }>> {
    return this.messages.first((message) => message.kind === 'welcome');
  }

  /** Resolves when everything sent before has been handled, for messages are handled in order. */
  async settled(): Promise<void> {
    const sentAtMs = performance.now();
    this.send({ kind: 'ping', sentAtMs });
    await this.messages.first((message) => message.kind === 'pong' && message.sentAtMs === sentAtMs);
  }

  send(message: ClientMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  drive(
    stick: {
      steering?: number;
      throttle?: number;
      sequence?: number;
      inputAtMs?: number;
      sentAtMs?: number;
      session?: string;
    } = {},
  ) {
    const sentAtMs = stick.sentAtMs ?? performance.now();
    this.send({
      kind: 'drive',
      steering: stick.steering ?? 0,
      throttle: stick.throttle ?? 0,
      ...(stick.session !== undefined && { session: stick.session }),
      sequence: stick.sequence ?? this.#sequence++,
      inputAtMs: stick.inputAtMs ?? sentAtMs,
      sentAtMs,
    });
  }
}

export const someTelemetry: Telemetry = {
  kind: 'telemetry',
  atMs: 1,
  mode: 'disarmed',
  obstacles: [],
  vehicle: 'test',
  pilot: 'cones',
  asked: { steering: 0, throttle: 0 },
  given: { steering: 0, throttle: 0 },
  speedMps: 0,
  cameraFramesPerSecond: 20,
  detectorFramesPerSecond: 20,
  controlJitterMs: 0.1,
  clients: 0,
};
