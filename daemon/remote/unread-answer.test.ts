import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answerUnreadable } from './unread-answer.ts';

let server: Server;

beforeEach(async () => {
  server = createServer((_request, response) => response.end('read'));
  answerUnreadable(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
});

afterEach(() => {
  server.close();
  server.closeAllConnections();
});

/**
 * All that comes back before the connection ends, and what it ended by where that is an error. As by a busy sender, the
 * last bytes come late, and the answer is read later still: a reset that overtakes it takes it away.
 */
function send(bytes: string, lateBytes = 0): Promise<{ readonly answer: string; readonly error: string | undefined }> {
  return new Promise((resolve) => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    let answer = '';
    let error: string | undefined;
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.pause();
    socket.write(bytes.slice(0, bytes.length - lateBytes));
    setTimeout(() => socket.write(bytes.slice(bytes.length - lateBytes)), 50);
    setTimeout(() => socket.resume(), 100);
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      error = code;
    });
    socket.on('close', () => resolve({ answer, error }));
  });
}

test.each([
  ['headers that are too large, still being sent', 20_000, /^HTTP\/1\.1 431 .*\r\nConnection: close\r\n/],
  ['headers that are too large, in few pieces', 2000, /^HTTP\/1\.1 431 /],
])('%s are answered, not reset', async (_what, count, expected) => {
  const headers = Array.from({ length: count }, (_, i) => `X-Header-${i}: ${i}\r\n`).join('');
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => send(`GET / HTTP/1.1\r\nHost: x\r\n${headers}\r\n`, 5000)),
  );
  for (const { answer, error } of answers) {
    expect(answer).toMatch(expected);
    expect(error).toBeUndefined();
  }
});

test('what is no request at all is told so once', async () => {
  const { answer, error } = await send('\x16\x03\x01 no HTTP\r\n\r\nand more', 8);
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  expect(error).toBeUndefined();
});

test('whoever sends and sends is thrown out', async () => {
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  socket.resume();
  const closed = new Promise<true>((resolve) => socket.on('close', () => resolve(true)));
  socket.write('no HTTP\r\n\r\n');
  const more = setInterval(() => socket.writable && socket.write('x'.repeat(1 << 16)), 1);
  expect(await closed).toBe(true);
  clearInterval(more);
});
