import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';
import { type ServerMessage, serverMessageSchema } from '../../daemon/protocol/remote-messages.ts';
import type { RunningCar } from '../harness/running-car.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const patienceMs = 15_000;

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

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Not fetch(): it rewrites paths and headers. */
  async http(
    method: string,
    path: string,
    options: { headers?: Record<string, string>; json?: unknown; body?: string; token?: string } = {},
  ): Promise<Answer> {
    const body = options.json === undefined ? options.body : JSON.stringify(options.json);
    const request = httpRequest({
      host: '127.0.0.1',
      port: this.port,
      path,
      method,
      agent: false,
      headers: {
        ...(options.json !== undefined && { 'Content-Type': 'application/json' }),
        ...(options.token !== undefined && bearer(options.token)),
        ...options.headers,
      },
    });
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
    await once(socket, 'close');
    return answer;
  }

  /** 101 when a WebSocket was opened, else the status that refused it. */
  async upgrade(path: string, options: ClientOptions = {}): Promise<number> {
    const socket = new WebSocket(`ws://${this.host}${path}`, options);
    socket.on('error', () => {});
    const status = await Promise.race([
      once(socket, 'unexpected-response').then(([, response]) => (response as IncomingMessage).statusCode ?? 0),
      once(socket, 'open').then(() => 101),
      once(socket, 'close').then(() => 0),
    ]);
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
      await once(this.socket, 'message');
    }
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** How long a ping of the page is on its way there and back. */
  async roundTripMs(): Promise<number> {
    const sentAtMs = performance.now();
    this.send({ kind: 'ping', sentAtMs });
    while (!this.heard.some((message) => message.kind === 'pong' && message.sentAtMs === sentAtMs)) {
      await once(this.socket, 'message');
    }
    return performance.now() - sentAtMs;
  }
}
