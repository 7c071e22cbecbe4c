import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { networkInterfaces } from 'node:os';
import { UserError } from '../platform/user-error.ts';
import { answerText } from './http-answers.ts';
import type { RemoteAddress } from './remote-port.ts';
import { hostLiteral } from './request-guard.ts';

/** The remote's port, taken but not yet served: whoever knocks is told that the car is starting. */
export interface Door {
  readonly server: Server;
  readonly address: RemoteAddress;
  readonly isSecure: boolean;
  /** SHA-256 of the certificate, as browsers show it. */
  readonly fingerprint: string | undefined;
  /** From now on somebody else answers. */
  handOver(): void;
  close(): void;
}

/**
 * Takes the port, before anything that takes longer is begun.
 * @param options.host address to listen on; `127.0.0.1` for this machine alone, `0.0.0.0` or `::` for everyone.
 * @param options.port 0 lets the system choose.
 * @throws (rejects) UserError when the port or the address cannot be used.
 */
export async function openDoor(options: { readonly host: string; readonly port: number }): Promise<Door> {
  const server = createServer({
    headersTimeout: 5000,
    requestTimeout: 10_000,
    keepAliveTimeout: 5000,
    connectionsCheckingInterval: 1000,
  });
  // The limits of `connection-limits.ts` are below it; this one holds while the car starts, and should they fail.
  server.maxConnections = 300;
  const sayStarting = (_request: IncomingMessage, response: ServerResponse) => {
    answerText(response, 503, 'the car is starting', { Connection: 'close' });
  };
  server.on('request', sayStarting);
  const port = await listen(server, options);
  return {
    server,
    address: describeAddress(options.host, port),
    isSecure: false,
    fingerprint: undefined,
    handOver: () => void server.off('request', sayStarting),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Resolves with the port listened on. */
function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explainListenError(error, host, port)));
    server.listen({ host, port }, () => {
      const address = server.address();
      resolve(address !== null && typeof address === 'object' ? address.port : port);
    });
  });
}

function explainListenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new UserError(
        `port ${port} on ${host} is in use, perhaps by a car that already runs: choose another with --port N ` +
          '(0 lets the system choose), or end the program that has it',
      );
    case 'EACCES':
      return new UserError(`port ${port} needs rights that this program lacks: choose one above 1023 with --port N`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new UserError(
        `"${host}" is no address of this machine: set remote.host in the configuration to 127.0.0.1 (this machine ` +
          'alone), 0.0.0.0 (everyone), or one of its own addresses',
      );
    default:
      return error;
  }
}

function describeAddress(host: string, port: number): RemoteAddress {
  const everywhere = host === '0.0.0.0' || host === '::';
  const outward = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((one) => !one.internal && one.family === 'IPv4')
    .map((one) => one.address);
  const hosts = everywhere ? ['127.0.0.1', ...outward] : [host];
  return { host, port, urls: hosts.map((name) => `http://${hostLiteral(name)}:${port}/`) };
}
