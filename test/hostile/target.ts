import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type ClientOptions, WebSocket } from 'ws';
import { type ServerMessage, serverMessageSchema } from '../../daemon/protocol/remote-messages.ts';
import { whenClosed } from '../../daemon/remote/testing/when-closed.ts';
import type { RunningCar } from '../harness/running-car.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const patienceMs = 15_000;

const askAgainMs = 500;

/** A really started car that the network can reach, seen from outside: what an attacker on the same network can do to it. */
export class Target {
  readonly car: RunningCar;
  readonly port: number;
  readonly stateFolder: string;

  constructor(car: RunningCar, stateFolder: string) {
    this.car = car;
    this.port = Number(new URL(car.url).port);
    this.stateFolder = stateFolder;
  }

  /** What its https proves itself by. */
  get certificatePem(): string {
    return readFileSync(join(this.stateFolder, 'https-certificate.pem'), 'utf8');
  }

  /** The other port that the daemon listens on. */
  get httpsPort(): number {
    const port = listeningPorts(this.car.process.pid ?? 0).find((one) => one !== this.port);
    if (port === undefined) throw new Error('the car listens on no second port');
    return port;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Not fetch(): it rewrites paths and headers. */
  async http(
    method: string,
    path: string,
    options: {
      headers?: Record<string, string>;
      json?: unknown;
      body?: string;
      token?: string;
      https?: boolean;
      /** Of this machine's own addresses. */
      from?: string;
    } = {},
  ): Promise<Answer> {
    const body = options.json === undefined ? options.body : JSON.stringify(options.json);
    const common = {
      host: '127.0.0.1',
      path,
      method,
      agent: false,
      ...(options.from !== undefined && { localAddress: options.from }),
      headers: {
        ...(options.json !== undefined && { 'Content-Type': 'application/json' }),
        ...(options.token !== undefined && bearer(options.token)),
        ...options.headers,
      },
    };
    const request =
      options.https === true
        ? httpsRequest({ ...common, port: this.httpsPort, ca: this.certificatePem, servername: 'localhost' })
        : httpRequest({ ...common, port: this.port });
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const { statusCode: status = 0, headers } = response;
    // A stream that is let in never ends: its head says enough.
    if (headers['content-type']?.startsWith('multipart/') === true) {
      response.destroy();
      return { status, headers, body: '' };
    }
    let text = '';
    for await (const chunk of response) text += chunk;
    return { status, headers, body: text };
  }

  /** Who is paired, as what and by which name; not who is there. */
  async devices(token: string): Promise<string> {
    const { devices } = JSON.parse((await this.http('GET', '/api/devices', { token })).body);
    return devices.map(({ id, name, role }: Record<string, string>) => `${id} ${name} ${role}`).join('\n');
  }

  /** Bytes as they are; whatever comes back before the connection ends. */
  async raw(text: string): Promise<string> {
    const socket = connect(this.port, '127.0.0.1');
    socket.setTimeout(patienceMs, () => socket.destroy());
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => {});
    socket.write(text);
    await whenClosed(socket);
    return answer;
  }

  /** 101 when a WebSocket was opened, else the status that refused it; 0 when it was closed without one. */
  async upgrade(path: string, options: ClientOptions = {}): Promise<number> {
    const socket = new WebSocket(`ws://${this.host}${path}`, options);
    socket.on('error', () => {});
    const status = await new Promise<number>((resolve) => {
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
      socket.on('open', () => resolve(101));
      socket.on('close', () => resolve(0));
    });
    socket.terminate();
    return status;
  }

  async control(token: string): Promise<Phone> {
    const socket = new WebSocket(`ws://${this.host}/ws/control`, { headers: bearer(token) });
    const phone = new Phone(socket);
    await once(socket, 'open');
    await phone.until('welcome');
    return phone;
  }
}

/** The TCP ports that a process listens on, IPv4 and IPv6. */
export function listeningPorts(pid: number): number[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  const listening = '0A';
  return ['tcp', 'tcp6'].flatMap((file) =>
    readFileSync(`/proc/${pid}/net/${file}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((parts) => parts[3] === listening && inodes.has(parts[9] ?? ''))
      .map((parts) => Number.parseInt(parts[1]?.split(':')[1] ?? '', 16)),
  );
}

export function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}

/** A control connection that keeps what it hears. */
export class Phone {
  readonly heard: ServerMessage[] = [];
  readonly closed: Promise<number>;
  readonly socket: WebSocket;
  #closeCode: number | undefined;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.on('close', (code: number) => {
        this.#closeCode = code;
        resolve(code);
      });
    });
    socket.on('message', (data) => this.heard.push(serverMessageSchema.parse(JSON.parse(data.toString()))));
  }

  get isOpen(): boolean {
    return this.#closeCode === undefined;
  }

  async until<Kind extends ServerMessage['kind']>(kind: Kind): Promise<Extract<ServerMessage, { kind: Kind }>> {
    for (;;) {
      const found = this.heard.findLast((message) => message.kind === kind);
      if (found !== undefined) return found as Extract<ServerMessage, { kind: Kind }>;
      await this.#nextMessage();
    }
  }

  async #nextMessage(): Promise<void> {
    if (!this.isOpen) throw new Error(`the connection was closed (${this.#closeCode}) while an answer was waited for`);
    await Promise.race([once(this.socket, 'message'), this.closed]);
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /**
   * How long a ping of the page is on its way there and back. Sent again when nothing comes: the car listens to ten
   * requests a second, and drops the others.
   */
  async roundTripMs(): Promise<number> {
    const startedMs = performance.now();
    const asked = new Set<number>();
    let askedAtMs = Number.NEGATIVE_INFINITY;
    for (;;) {
      if (this.heard.some((message) => message.kind === 'pong' && asked.has(message.sentAtMs))) {
        return performance.now() - startedMs;
      }
      if (performance.now() - askedAtMs > askAgainMs) {
        askedAtMs = performance.now();
        asked.add(askedAtMs);
        this.send({ kind: 'ping', sentAtMs: askedAtMs });
      }
      // Telemetry comes all the time, if nothing else does.
      await this.#nextMessage();
    }
  }
}
