import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { monotonicNowMs } from '../platform/clock.ts';
import { UserError } from '../platform/user-error.ts';
import type { Certificate } from './certificate/certificate-file.ts';
import { answerText } from './http-answers.ts';
import { isEveryAddress, outwardUrls } from './outward-urls.ts';
import { sourceKey } from './pairing/source-key.ts';
import type { RemoteAddress } from './remote-port.ts';
import { hostLiteral, isLoopback } from './request-guard.ts';
import { SourceRates } from './source-rates.ts';
import { answerUnreadable } from './unread-answer.ts';

/** How long a connection may say nothing, shake hands, or take for a request's headers; a whole request twice as long. */
const usualPatienceMs = 5000;
/**
 * Of one source's new TLS connections: each handshake costs milliseconds of the thread that also takes the driver's commands. As
 * many as one source may have open at once, then as many as a program makes that does not keep its connection.
 */
const handshakeRate = { perSecond: 20, burst: 64 };

/** One port that is listened on. */
export interface Entrance {
  readonly scheme: 'http' | 'https';
  readonly server: Server;
  readonly port: number;
}

/** The remote's ports, taken but not yet served: whoever knocks is told that the car is starting. */
export interface Door {
  readonly entrances: readonly Entrance[];
  readonly address: RemoteAddress;
  /** SHA-256 of the certificate, as browsers show it; undefined where there is no https. */
  readonly fingerprint: string | undefined;
  /** From now on somebody else answers. */
  handOver(): void;
  close(): void;
}

type HostFrom = '--host' | 'remote.host';

export interface DoorOptions {
  /** Address to listen on; `127.0.0.1` for this machine alone, `0.0.0.0` or `::` for everyone. */
  readonly host: string;
  /** Who says so, for what is said when it cannot be used. */
  readonly hostFrom?: HostFrom;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Where there is https too. */
  readonly https?: { readonly port: number; readonly certificate: Certificate } | undefined;
  readonly patienceMs?: number;
  /** A monotonic clock. */
  readonly nowMs?: () => number;
}

/**
 * Takes the ports, before anything that takes longer is begun.
 * @throws (rejects) UserError when a port or the address cannot be used.
 */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const { host, hostFrom = 'remote.host', port, https } = options;
  if (port !== 0 && port === https?.port) throw onePortForTwo(port);
  const limits = limitsFor(options.patienceMs ?? usualPatienceMs);
  const sayStarting = (_request: IncomingMessage, response: ServerResponse) => {
    answerText(response, 503, 'the car is starting', { Connection: 'close' });
  };
  const entrances: Entrance[] = [];
  const open = async (scheme: Entrance['scheme'], server: Server, wanted: number, option: string): Promise<void> => {
    // The limits of `connection-limits.ts` are below it; this one holds while the car starts, and should they fail.
    server.maxConnections = 300;
    endSilent(server, limits.headersTimeout);
    answerUnreadable(server);
    server.on('request', sayStarting);
    entrances.push({ scheme, server, port: await listen(server, { host, hostFrom, port: wanted, option }) });
  };
  const close = (): void => {
    for (const { server } of entrances) {
      server.close();
      server.closeAllConnections();
    }
  };
  try {
    await open('http', createServer(limits), port, '--port');
    if (https !== undefined) {
      const { keyPem: key, certificatePem: cert } = https.certificate;
      const secure = { ...limits, handshakeTimeout: limits.headersTimeout, minVersion: 'TLSv1.2', key, cert } as const;
      const server = createSecureServer(secure);
      limitHandshakes(server, options.nowMs ?? monotonicNowMs);
      await open('https', server, https.port, '--https');
    }
  } catch (error) {
    close();
    throw error;
  }
  return {
    entrances,
    address: describeAddress(host, entrances),
    fingerprint: https?.certificate.fingerprint,
    handOver() {
      for (const { server } of entrances) server.off('request', sayStarting);
    },
    close,
  };
}

/** Said before the system would say that it is in use: by nobody else than this car. */
function onePortForTwo(port: number): UserError {
  return new UserError(
    `port ${port} is wanted for both http and https: choose another with --port N or --https N, or change remote.port or ` +
      'remote.httpsPort in the configuration',
  );
}

function limitsFor(patienceMs: number) {
  return {
    headersTimeout: patienceMs,
    requestTimeout: 2 * patienceMs,
    keepAliveTimeout: patienceMs,
    connectionsCheckingInterval: patienceMs / 5,
  };
}

/** Node's own limits begin with a request's first byte; a connection without one would stay for ever. */
function endSilent(server: Server, limitMs: number): void {
  const watch = (socket: Socket) => {
    const silent = setTimeout(() => {
      if (socket.bytesRead === 0) socket.destroy();
    }, limitMs);
    socket.once('close', () => clearTimeout(silent));
  };
  server.on('connection', watch);
  // Within TLS the handshake is no word yet.
  server.on('secureConnection', watch);
}

/** Connections beyond the rate end before anybody is told of them: TLS itself listens to that event, and would begin its work. */
function limitHandshakes(server: Server, nowMs: () => number): void {
  const rates = new SourceRates(handshakeRate);
  const emit = server.emit.bind(server) as (event: string | symbol, ...values: unknown[]) => boolean;
  server.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    const [socket] = values;
    if (event !== 'connection' || !(socket instanceof Socket)) return emit(event, ...values);
    if (rates.take(sourceKey(socket.remoteAddress), nowMs())) return emit(event, socket);
    socket.destroy();
    return true;
  };
}

interface Listening {
  readonly host: string;
  readonly hostFrom: HostFrom;
  readonly port: number;
  /** Of the command line, that says another port. */
  readonly option: string;
}

/** Resolves with the port listened on. */
function listen(server: Server, wanted: Listening): Promise<number> {
  const { host, port } = wanted;
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explainListenError(error, wanted)));
    server.listen({ host, port }, () => {
      const address = server.address();
      resolve(address !== null && typeof address === 'object' ? address.port : port);
    });
  });
}

function explainListenError(error: NodeJS.ErrnoException, { host, hostFrom, port, option }: Listening): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new UserError(
        `port ${port} on ${host} is in use, perhaps by a car that already runs: choose another with ${option} N ` +
          '(0 lets the system choose), or end the program that has it',
      );
    case 'EACCES':
      return new UserError(`port ${port} needs rights that this program lacks: choose one above 1023 with ${option} N`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    // A car without internet has nobody to ask what the name stands for.
    case 'EAI_AGAIN':
      return new UserError(
        `${hostFrom}: "${host}" is no address of this machine. Right would be 127.0.0.1 (this machine alone), 0.0.0.0 ` +
          `(everyone), or one of its own addresses.${hostFrom === '--host' ? '' : ' Change it in the configuration.'}`,
      );
    default:
      return error;
  }
}

/** On the machine itself plain http serves; from elsewhere https does, where there is any. */
function describeAddress(host: string, entrances: readonly Entrance[]): RemoteAddress {
  const portOf = (scheme: Entrance['scheme']) => entrances.find((entrance) => entrance.scheme === scheme)?.port;
  const port = portOf('http') ?? 0;
  const httpsPort = portOf('https');
  const own = isLoopback(host) ? host : '127.0.0.1';
  const plain = host === own || isEveryAddress(host) ? [`http://${hostLiteral(own)}:${port}/`] : [];
  const secure = host === own && httpsPort !== undefined ? [`https://${hostLiteral(own)}:${httpsPort}/`] : [];
  const listening = { host, port, ...(httpsPort !== undefined && { httpsPort }) };
  return {
    ...{ host, port },
    get urls() {
      return [...plain, ...secure, ...outwardUrls(listening, networkInterfaces())];
    },
  };
}
