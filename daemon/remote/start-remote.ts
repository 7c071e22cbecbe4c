import type { IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';
import type { Logger } from '../platform/log.ts';
import { distinctLevels } from '../protocol/picture-levels.ts';
import type { Caller, Route } from './api/route.ts';
import { RouteTable } from './api/route-table.ts';
import { ConnectionLimits } from './connection-limits.ts';
import { ControlHub } from './control-hub.ts';
import { refusalTexts } from './control-refusals.ts';
import { DeviceConnections } from './device-connections.ts';
import { EntranceServer, type EntranceServices } from './entrance.ts';
import { MachineNames } from './machine-names.ts';
import { MjpegStreams } from './mjpeg-streams.ts';
import type { Door } from './open-door.ts';
import { outwardUrls } from './outward-urls.ts';
import { loadPageFiles } from './page-files.ts';
import type { Access } from './pairing/access.ts';
import { pairingRoutes } from './pairing/pairing-routes.ts';
import type { Remote, RemoteCallbacks } from './remote-port.ts';
import { allowedHostNames } from './request-guard.ts';
import { SourceRates } from './source-rates.ts';
import { VideoHub } from './video-hub.ts';

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
  readonly nowMs: () => number;
  readonly log: Logger;
}

/** Serves the phones that come to the door. */
export async function startRemote(options: RemoteOptions): Promise<Remote> {
  const { access, callbacks, door, log, nowMs } = options;
  const page = await loadPageFiles(options.pageFolder);
  if (!page.has('/')) log.warn({ folder: options.pageFolder }, 'the page has not been built: npm run build');
  const sessionNeeded = access.pairingNeeded;
  const control = new ControlHub({ callbacks, nowMs, log, sessionNeeded });
  const connections = new DeviceConnections();
  let levels = '';
  const tellLevels = (): void => {
    const watched = distinctLevels([...video.levels, ...streams.levels]);
    if (watched.join() === levels) return;
    levels = watched.join();
    callbacks.onPictureLevels(watched);
  };
  const video = new VideoHub({ nowMs, onLevels: tellLevels });
  const streams = new MjpegStreams({ nowMs, onLevels: tellLevels });
  let foreign = 0;
  const httpsPort = door.entrances.find(({ scheme }) => scheme === 'https')?.port;
  const ownRoutes = pairingRoutes({
    access,
    fingerprint: door.fingerprint,
    // Asked anew each time: the car may have joined another network.
    outwardUrls: () => outwardUrls({ ...door.address, httpsPort }, networkInterfaces()),
    isConnected: (id) => connections.has(id),
    sessionsOf: (id) => control.sessionsOf(id),
    nowMs,
  });
  access.onDeviceChange((id, change) => {
    log.info({ device: id, change }, 'a paired device was changed: its connections end');
    control.dismiss(id, change);
    connections.shut(id, change);
  });
  const api = {
    table: new RouteTable([...ownRoutes, ...options.routes]),
    identify: (request: IncomingMessage) => access.identify(request),
    refusalOf: (caller: Caller) => access.refusalOf(caller),
    hold: connections.hold.bind(connections),
    isArmed: callbacks.isArmed,
    log,
  };

  const { address } = door;
  const names = new MachineNames();
  const services: EntranceServices = {
    ...{ access, api, page, control, video, streams, connections, nowMs, log },
    limits: new ConnectionLimits({ perSource: 64, inAll: 256 }),
    // A page that loads or a program that polls is far below it.
    rates: new SourceRates({ perSecond: 100, burst: 200 }),
    hostNames: () => allowedHostNames(address.host, names.at(nowMs())),
    httpsPort,
    health: callbacks.health,
    onForeign: () => foreign++,
  };
  const entrances = door.entrances.map((entrance) => new EntranceServer(entrance, services));
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
      control.broadcastTelemetry({ ...rest, clients: control.count, ...(driver !== undefined && { driver }) });
    },
    sendEvent: (event) => control.broadcast({ kind: 'event', event }),
    sendPicture(level, header, jpeg) {
      video.show(level, header, jpeg);
      streams.show(level, header, jpeg);
    },
    refuseArming: (sessionId, obstacles) =>
      control.sendTo(sessionId, { kind: 'arming-refused', obstacles: [...obstacles] }),
    refuse: (sessionId, request, code) =>
      control.sendTo(sessionId, { kind: 'refused', request, code, text: refusalTexts[code] }),
    refuseFor(sessionId, request, obstacles) {
      const text = obstacles.map((obstacle) => obstacle.text).join('; ');
      control.sendTo(sessionId, { kind: 'refused', request, code: 'obstacles', text, obstacles: [...obstacles] });
    },
    clients: () => control.count,
    driver: () => control.driver,
    counters: () => ({ ...control.counters(), foreign }),
    async close() {
      clearInterval(liveness);
      const servers = door.entrances.map(({ server }) => server);
      const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
      control.close();
      video.close();
      streams.close();
      // Phones get a moment to hear it; those that do not answer are cut off.
      const late = setTimeout(() => {
        for (const entrance of entrances) entrance.shut();
      }, 300);
      for (const server of servers) server.closeIdleConnections();
      await Promise.all(closed);
      clearTimeout(late);
    },
  };
}
