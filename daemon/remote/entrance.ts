import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Logger } from '../platform/log.ts';
import { pictureLevelSchema } from '../protocol/picture-levels.ts';
import type { Health } from '../protocol/telemetry.ts';
import { type ApiContext, answerApi } from './api/answer-api.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import type { ControlHub } from './control-hub.ts';
import type { DeviceConnections } from './device-connections.ts';
import { answerRequest, answerText } from './http-answers.ts';
import { judgePlain } from './https-only.ts';
import type { MjpegStreams } from './mjpeg-streams.ts';
import type { Entrance } from './open-door.ts';
import type { PageFiles } from './page-files.ts';
import type { Access } from './pairing/access.ts';
import { isForwarded, isThisMachine, sourceKey } from './pairing/source-key.ts';
import { type PlaceLimits, placeFor, type SeatedPhone } from './phone-places.ts';
import { collectOrigin, comesFromOtherSite, judgeRequest } from './request-guard.ts';
import type { SourceRates } from './source-rates.ts';
import type { VideoHub } from './video-hub.ts';

/** Of pages, and of programs that read MJPEG. */
const pagePlaces: PlaceLimits = { perDevice: 8, inAll: 32 };
const streamPlaces: PlaceLimits = { perDevice: 4, inAll: 8 };

/** What lies behind the entrances, the same for all of them. */
export interface EntranceServices {
  readonly access: Access;
  readonly api: ApiContext;
  readonly page: PageFiles;
  readonly control: ControlHub;
  readonly video: VideoHub;
  readonly streams: MjpegStreams;
  readonly connections: DeviceConnections;
  readonly limits: ConnectionLimits;
  /** Of requests. */
  readonly rates: SourceRates;
  /** The names that a Host header may carry. */
  readonly hostNames: () => ReadonlySet<string>;
  /** Where https is, if anywhere: then only this machine itself is served without. */
  readonly httpsPort: number | undefined;
  readonly health: () => Health;
  /** Told of each request by another name or from another site. */
  readonly onForeign: () => void;
  readonly nowMs: () => number;
  readonly log: Logger;
}

type Admission =
  | { readonly kind: 'in' }
  | { readonly kind: 'redirected'; readonly to: string }
  | { readonly kind: 'out'; readonly status: number; readonly text: string };

/** Lets in whoever comes to one port, as far as each may go. */
export class EntranceServer {
  readonly #services: EntranceServices;
  readonly #entrance: Entrance;
  /** The connections as the system has them, by their other end: within TLS a request names another object. */
  readonly #sockets = new Map<string, Socket>();
  readonly #upgrades = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: 16 << 10,
    maxFragments: 64,
    maxBufferedChunks: 1024,
  });

  constructor(entrance: Entrance, services: EntranceServices) {
    this.#entrance = entrance;
    this.#services = services;
    entrance.server.on('connection', (socket) => this.#connected(socket));
    entrance.server.on('request', (request, response) => this.#answer(request, response));
    entrance.server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Cuts off whoever is still there. */
  shut(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
    this.#entrance.server.closeAllConnections();
  }

  #connected(socket: Socket): void {
    const { limits } = this.#services;
    const end = otherEnd(socket);
    this.#sockets.set(end, socket);
    limits.opened(socket, sourceKey(socket.remoteAddress));
    socket.once('close', () => {
      // The same end may have come again before this one was told to be closed.
      if (this.#sockets.get(end) === socket) this.#sockets.delete(end);
      limits.closed(socket);
    });
  }

  /** Whether it names this car, comes from its own page, by the way it should, and not too often. */
  #admit(request: IncomingMessage): Admission {
    const { hostNames, httpsPort, nowMs, onForeign, rates } = this.#services;
    const { remoteAddress } = request.socket;
    const entry = { scheme: this.#entrance.scheme, port: this.#entrance.port };
    const verdict = judgeRequest(collectOrigin(request.rawHeaders), hostNames(), entry);
    if (!verdict.allowed) onForeign();
    if (!rates.take(sourceKey(remoteAddress), nowMs())) {
      return { kind: 'out', status: 429, text: 'too many requests: wait a second' };
    }
    if (!verdict.allowed) return { kind: 'out', status: verdict.status, text: verdict.text };
    if (entry.scheme === 'https' || httpsPort === undefined) return { kind: 'in' };
    const { method = '', url = '' } = request;
    const isFromThisMachine = isThisMachine(remoteAddress) && !isForwarded(request.headers);
    const plain = judgePlain({ method, url, name: verdict.name, isFromThisMachine }, httpsPort);
    switch (plain.kind) {
      case 'served':
        return { kind: 'in' };
      case 'redirected':
        return plain;
      case 'refused':
        return { kind: 'out', status: 403, text: plain.text };
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { api, page, health } = this.#services;
    const admission = this.#admit(request);
    switch (admission.kind) {
      case 'in':
        if (request.url?.startsWith('/api/')) void answerApi(request, response, api);
        else if (isMjpeg(request)) this.#stream(request, response);
        else answerRequest(request, response, { page, health });
        return;
      case 'redirected':
        answerText(response, 307, `this car is at ${admission.to}`, { Location: admission.to });
        return;
      case 'out': {
        const { status, text } = admission;
        answerText(response, status, text, { Connection: 'close', ...(status === 429 && { 'Retry-After': '1' }) });
        return;
      }
    }
  }

  #stream(request: IncomingMessage, response: ServerResponse): void {
    const { access, connections, streams } = this.#services;
    const { searchParams } = new URL(request.url ?? '', 'http://car');
    const size = pictureLevelSchema.safeParse(searchParams.get('size') ?? 'full');
    if (comesFromOtherSite(request.headers)) {
      answerText(response, 403, 'pages of other sites may not reach this car');
      return;
    }
    const caller = access.identify(request);
    const { role, deviceId } = caller;
    if (role === undefined) {
      answerText(response, 401, access.refusalOf(caller));
      return;
    }
    if (!size.success) {
      answerText(response, 400, `size is one of ${pictureLevelSchema.options.join(', ')}`);
      return;
    }
    const noPlace = takePlace(streams.seated, { role, deviceId }, streamPlaces);
    if (noPlace !== undefined) {
      answerText(response, 503, noPlace);
      return;
    }
    response.once(
      'close',
      connections.hold(deviceId, () => response.destroy()),
    );
    streams.adopt(response, size.data, { role, deviceId });
  }

  /**
   * Some clients offer HTTP/2 with their first request (curl --http2, Java's HttpClient). Whoever does not know that answers
   * as if it was not offered (RFC 9110, 7.8). Node hands over such a request without its body.
   */
  #answerWithoutUpgrade(request: IncomingMessage, socket: Duplex): void {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      refuseUpgrade(socket, 400, 'this car speaks HTTP/1.1 and WebSocket: send that without Upgrade');
      return;
    }
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(request.socket);
    // Of a socket that it hands over for an upgrade, Node no longer says that there is room again.
    socket.on('drain', () => response.emit('drain'));
    response.once('finish', () => socket.end(() => socket.destroy()));
    this.#answer(request, response);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      this.#answerWithoutUpgrade(request, socket);
      return;
    }
    const { access, connections, control, limits, log, video } = this.#services;
    const admission = this.#admit(request);
    const [path, query] = (request.url ?? '').split('?', 2);
    const hub = path === '/ws/control' ? control : path === '/ws/video' ? video : undefined;
    if (admission.kind === 'out') refuseUpgrade(socket, admission.status, admission.text);
    else if (hub === undefined || admission.kind === 'redirected') refuseUpgrade(socket, 404, 'there is nothing here');
    else {
      const caller = access.identify(request);
      const { role, deviceId, source } = caller;
      if (role === undefined) {
        log.warn({ source, path }, 'a connection without a valid pairing was refused');
        refuseUpgrade(socket, 401, access.refusalOf(caller));
        return;
      }
      const noPlace = takePlace(hub.seated, { role, deviceId }, pagePlaces);
      if (noPlace !== undefined) {
        refuseUpgrade(socket, 503, noPlace);
        return;
      }
      limits.belongs(this.#sockets.get(otherEnd(request.socket)) ?? request.socket);
      this.#upgrades.handleUpgrade(request, socket, head, (client) => {
        // The control connections of a device are dismissed by the hub, which also cuts what they drove.
        const shut = hub === control ? () => {} : () => client.terminate();
        client.once('close', connections.hold(deviceId, shut));
        client.once('close', () => {
          if (deviceId !== undefined && access.devices.find(deviceId) !== undefined) access.saw(deviceId);
        });
        const visitor = { role, deviceId, acceptsDeflate: acceptsDeflate(query) };
        if (hub === control) control.adopt(client, { ...visitor, clientKey: clientKey(query) });
        else video.adopt(client, visitor);
      });
    }
  }
}

/** Makes room where it must. @returns why there is none, in words. */
function takePlace(
  seated: readonly SeatedPhone[],
  comer: Pick<SeatedPhone, 'deviceId' | 'role'>,
  limits: PlaceLimits,
): string | undefined {
  const place = placeFor(seated, comer, limits);
  switch (place.kind) {
    case 'free':
      return undefined;
    case 'instead':
      place.of.sendAway();
      return undefined;
    case 'device-full':
      return `this device has ${limits.perDevice} of them open already: close some`;
    case 'all-full':
      return `all ${limits.inAll} places are taken`;
  }
}

function otherEnd({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function isMjpeg(request: IncomingMessage): boolean {
  return request.method === 'GET' && (request.url ?? '').split('?', 1)[0] === '/video.mjpg';
}

function clientKey(query: string | undefined): string | undefined {
  return /(?:^|&)client=([\w-]{16,64})(?:&|$)/.exec(query ?? '')?.[1];
}

function acceptsDeflate(query: string | undefined): boolean {
  return /(?:^|&)encoding=deflate(?:&|$)/.test(query ?? '');
}

function refuseUpgrade(socket: Duplex, status: number, text: string): void {
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(text) + 1}\r\n\r\n${text}\n`,
    () => socket.destroy(),
  );
}
