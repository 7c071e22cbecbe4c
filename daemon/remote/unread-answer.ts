import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { safetyHeaders } from './http-answers.ts';

/** How much of what the other end goes on sending is thrown away, and for how long, so that it comes to read. */
const discardedBytes = 16 << 20;
const discardingMs = 1000;

/**
 * Answers a request whose body nobody wants to read, and ends its connection. One that is closed while bytes of it are
 * unread is reset, and a reset may take the answer away before it was read (RFC 9112, 9.6): so for a moment what still
 * comes is thrown away.
 */
export function answerUnread(
  request: IncomingMessage,
  response: ServerResponse,
  answer: { readonly status: number; readonly type: string; readonly body: string },
): void {
  response.writeHead(answer.status, {
    ...safetyHeaders,
    'Content-Type': answer.type,
    'Content-Length': Buffer.byteLength(answer.body),
    'Cache-Control': 'no-store',
    Connection: 'close',
  });
  response.write(answer.body);
  const end = (): void => {
    clearTimeout(late);
    response.end();
  };
  const late = setTimeout(end, discardingMs);
  let discarded = 0;
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > discardedBytes) end();
  });
  request.once('end', end);
  request.once('close', end);
  request.resume();
}

/** By the codes of Node's parser; whatever else it cannot read is a bad request. */
const unreadableStatus: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/**
 * Answers what is no request that can be read, and ends its connection. Node by itself closes at once, and by that
 * resets whoever is still sending: here, too, what still comes is thrown away for a moment.
 */
export function answerUnreadable(server: Server): void {
  const answered = new WeakSet<Duplex>();
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // The parser fails anew with each piece that still comes; those are the ones to be thrown away.
    if (answered.has(socket)) return;
    answered.add(socket);
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const status = unreadableStatus[error.code ?? ''] ?? '400 Bad Request';
    const late = setTimeout(() => socket.destroy(), discardingMs);
    socket.once('close', () => clearTimeout(late));
    socket.once('end', () => socket.destroy());
    let discarded = 0;
    socket.on('data', (chunk: Buffer) => {
      discarded += chunk.length;
      if (discarded > discardedBytes) socket.destroy();
    });
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });
}
