import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { monotonicNowMs } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import { distinctLevels, pictureLevelSchema } from '../protocol/picture-levels.ts';
import { answerApi } from './api/answer-api.ts';
import type { Route } from './api/route.ts';
import { RouteTable } from './api/route-table.ts';
import { ConnectionLimits } from './connection-limits.ts';
import { ControlHub } from './control-hub.ts';
import { DeviceConnections } from './device-connections.ts';
import { answerRequest, answerText } from './http-answers.ts';
import { MjpegStreams } from './mjpeg-streams.ts';
import type { Door } from './open-door.ts';
import { loadPageFiles } from './page-files.ts';
import type { Access } from './pairing/access.ts';
import { pairingRoutes } from './pairing/pairing-routes.ts';
import { sourceKey } from './pairing/source-key.ts';
import type { Remote, RemoteCallbacks } from './remote-port.ts';
import { allowedHostNames, collectOrigin, judgeRequest, type Verdict } from './request-guard.ts';
import { RequestRates } from './request-rates.ts';
import { VideoHub } from './video-hub.ts';

const maxPhones = 32;
const livenessPeriodMs = 200;

export interface RemoteOptions {
  /** The port, already taken. */
  readonly door: Door;
  /** Who may come in. */
  readonly access: Access;
  /** The built page. Without it there is still everything else. */
  readonly pageFolder: string;
  readonly callbacks: RemoteCallbacks;
  /** Endpoints below /api/ (see api/README.md). */
  readonly routes: readonly Route[];
  readonly log: Logger;
}

/** Serves the phones that come to the door. */
export async function startRemote(options: RemoteOptions): Promise<Remote> {
  const { access, callbacks, door, log } = options;
  const page = await loadPageFiles(options.pageFolder);
  if (!page.has('/')) log.warn({ folder: options.pageFolder }, 'the page has not been built: npm run build');
  const sessionNeeded = access.pairingNeeded;
  const control = new ControlHub({ callbacks, nowMs: monotonicNowMs, log, sessionNeeded });
  const connections = new DeviceConnections();
  let levels = '';
  const tellLevels = (): void => {
    const watched = distinctLevels([...video.levels, ...streams.levels]);
    if (watched.join() === levels) return;
    levels = watched.join();
    callbacks.onPictureLevels(watched);
  };
  const video = new VideoHub({ nowMs: monotonicNowMs, onLevels: tellLevels });
  const streams = new MjpegStreams({ nowMs: monotonicNowMs, onLevels: tellLevels });
  let foreign = 0;
  const ownRoutes = pairingRoutes({
    access,
    isSecure: door.isSecure,
    fingerprint: door.fingerprint,
    isConnected: (id) => connections.has(id),
    sessionsOf: (id) => control.sessionsOf(id),
    nowMs: monotonicNowMs,
  });
  access.onDeviceChange((id, change) => {
    log.info({ device: id, change }, 'a paired device was changed: its connections end');
    control.dismiss(id, change);
    connections.shut(id, change);
  });
  const api = {
    table: new RouteTable([...ownRoutes, ...options.routes]),
    identify: (request: IncomingMessage) => access.identify(request),
    hold: connections.hold.bind(connections),
    isArmed: callbacks.isArmed,
    log,
  };

  const { server, address } = door;
  const judge = (request: IncomingMessage): Verdict => {
    const port = request.socket.localPort ?? address.port;
    const verdict = judgeRequest(
      collectOrigin(request.rawHeaders),
      allowedHostNames(address.host, machineNames()),
      port,
    );
    if (!verdict.allowed) foreign++;
    return verdict;
  };
  const limits = new ConnectionLimits({ perSource: 64, inAll: 256 });
  const requestRates = new RequestRates();
  const mayAsk = (request: IncomingMessage): boolean =>
    requestRates.take(sourceKey(request.socket.remoteAddress), monotonicNowMs());
  server.on('request', (request, response) => {
    const verdict = judge(request);
    if (!mayAsk(request)) {
      answerText(response, 429, 'too many requests: wait a second', { Connection: 'close', 'Retry-After': '1' });
      return;
    }
    if (verdict.allowed && request.url?.startsWith('/api/')) void answerApi(request, response, api);
    else if (verdict.allowed && isMjpeg(request)) openStream(request, response);
    else if (verdict.allowed) answerRequest(request, response, { page, health: callbacks.health });
    else answerText(response, verdict.status, verdict.text, { Connection: 'close' });
  });
  const openStream = (request: IncomingMessage, response: ServerResponse): void => {
    const size = pictureLevelSchema.safeParse(
      new URL(request.url ?? '', 'http://car').searchParams.get('size') ?? 'full',
    );
    const caller = access.identify(request);
    if (caller.role === undefined) answerText(response, 401, 'pair this program with the car first');
    else if (!size.success) answerText(response, 400, `size is one of ${pictureLevelSchema.options.join(', ')}`);
    else if (streams.isFull) answerText(response, 503, 'too many programs watch');
    else {
      response.once(
        'close',
        connections.hold(caller.deviceId, () => response.destroy()),
      );
      streams.adopt(response, size.data);
    }
  };
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: 16 << 10,
    maxFragments: 64,
    maxBufferedChunks: 1024,
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const verdict = judge(request);
    const [path, query] = (request.url ?? '').split('?', 2);
    const hub = path === '/ws/control' ? control : path === '/ws/video' ? video : undefined;
    if (!verdict.allowed) refuseUpgrade(socket, verdict.status, verdict.text);
    else if (!mayAsk(request)) refuseUpgrade(socket, 429, 'too many requests: wait a second');
    else if (hub === undefined) refuseUpgrade(socket, 404, 'there is nothing here');
    else if (hub.count >= maxPhones) refuseUpgrade(socket, 503, 'too many phones are connected');
    else {
      const { role, deviceId, source } = access.identify(request);
      if (role === undefined) {
        log.warn({ source, path }, 'a connection without a valid pairing was refused');
        refuseUpgrade(socket, 401, 'pair this device with the car first');
        return;
      }
      limits.belongs(request.socket);
      sockets.handleUpgrade(request, socket, head, (client) => {
        // The control connections of a device are dismissed by the hub, which also cuts what they drove.
        const shut = hub === control ? () => {} : () => client.terminate();
        client.once('close', connections.hold(deviceId, shut));
        client.once('close', () => {
          if (deviceId !== undefined && access.devices.find(deviceId) !== undefined) access.saw(deviceId);
        });
        if (hub === control) control.adopt(client, { role, deviceId, clientKey: clientKey(query) });
        else video.adopt(client);
      });
    }
  });
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    limits.opened(socket, sourceKey(socket.remoteAddress));
    socket.once('close', () => {
      open.delete(socket);
      limits.closed(socket);
    });
  });
  door.handOver();

  const liveness = setInterval(() => {
    // After a hold-up of this process, answers that have long arrived are read before anyone is judged by them.
    setImmediate(() => {
      control.checkLiveness();
      video.checkLiveness();
      streams.checkLiveness();
    });
  }, livenessPeriodMs);

  return {
    address,
    sendTelemetry(telemetry) {
      const { driver: _unused, ...rest } = telemetry;
      const driver = control.driver;
      control.broadcastNewest({ ...rest, clients: control.count, ...(driver !== undefined && { driver }) });
    },
    sendEvent: (event) => control.broadcast({ kind: 'event', event }),
    sendPicture(level, header, jpeg) {
      video.show(level, header, jpeg);
      streams.show(level, header, jpeg);
    },
    refuseArming: (sessionId, obstacles) =>
      control.sendTo(sessionId, { kind: 'arming-refused', obstacles: [...obstacles] }),
    refuse: (sessionId, request, text) => control.sendTo(sessionId, { kind: 'refused', request, text }),
    clients: () => control.count,
    driver: () => control.driver,
    counters: () => ({ ...control.counters(), foreign }),
    async close() {
      clearInterval(liveness);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      control.close();
      video.close();
      streams.close();
      // Phones get a moment to hear it; those that do not answer are cut off.
      const late = setTimeout(() => {
        for (const socket of open) socket.destroy();
        server.closeAllConnections();
      }, 300);
      server.closeIdleConnections();
      await closed;
      clearTimeout(late);
    },
  };
}

function machineNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((one) => one.address));
  return [...addresses, hostname(), `${hostname()}.local`];
}

function isMjpeg(request: IncomingMessage): boolean {
  return request.method === 'GET' && (request.url ?? '').split('?', 1)[0] === '/video.mjpg';
}

function clientKey(query: string | undefined): string | undefined {
  return /(?:^|&)client=([\w-]{16,64})(?:&|$)/.exec(query ?? '')?.[1];
}

function refuseUpgrade(socket: Duplex, status: number, text: string): void {
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(text) + 1}\r\n\r\n${text}\n`,
    () => socket.destroy(),
  );
}
