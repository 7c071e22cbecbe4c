import type { IncomingMessage, ServerResponse } from 'node:http';
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
