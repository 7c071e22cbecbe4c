import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, createServer as createLink } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { testFolder } from '../../test/harness/test-folders.ts';
import { UserError } from '../platform/user-error.ts';
import { makeCertificate } from '../remote/certificate/make-certificate.ts';
import { type Download, download, hashOf } from './download.ts';

const folder = testFolder('download');
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) % 251));
const sha256 = createHash('sha256').update(content).digest('hex');

/** A server that answers as it is told, and the ranges that it was asked for. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse, count: number) => void) {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(request, response, ranges.length);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/net.onnx`, ranges };
}

/** What is to be cut once so many bytes are in the part file. */
let toCut: { readonly atBytes: number; readonly cut: () => void } | undefined;
function arrived(bytes: number): void {
  if (toCut === undefined || bytes < toCut.atBytes) return;
  const { cut } = toCut;
  toCut = undefined;
  cut();
}

/** Answers with the bytes that were asked for, up to `upTo` of the file; cuts the connection when they have arrived. */
function send(request: IncomingMessage, response: ServerResponse, upTo = content.length): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from > 0) {
    const range = `bytes ${from}-${content.length - 1}/${content.length}`;
    response.writeHead(206, { 'content-range': range, 'content-length': content.length - from });
  } else {
    response.writeHead(200, { 'content-length': content.length });
  }
  if (upTo >= content.length) {
    response.end(content.subarray(from));
    return;
  }
  // Not before: what the other side has not read yet would go with the connection.
  toCut = { atBytes: upTo, cut: () => response.socket?.destroy() };
  response.flushHeaders();
  response.write(content.subarray(from, upTo));
  arrived(from);
}

let parts = 0;
function bring(address: string, options: Partial<Download> = {}) {
  const partFile = options.partFile ?? join(folder, `net-${parts++}.part`);
  const onProgress = (bytes: number) => {
    options.onProgress?.(bytes);
    arrived(bytes);
  };
  const done = download({ address, bytes: content.length, sha256, retryMs: 1, ...options, partFile, onProgress });
  return { partFile, done };
}

describe('a download', () => {
  it('brings the file whole and tells how far it is', async () => {
    const { address } = await serve((request, response) => send(request, response));
    const seen: number[] = [];
    const { partFile, done } = bring(address, { onProgress: (bytes) => seen.push(bytes) });
    await done;
    expect(readFileSync(partFile).equals(content)).toBe(true);
    expect(seen.at(-1)).toBe(content.length);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(await hashOf(partFile)).toBe(sha256);
  });

  it('goes on from what is there, wherever that ends', async () => {
    const { address, ranges } = await serve((request, response) => send(request, response));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: content.length }), async (length) => {
        ranges.length = 0;
        const partFile = join(folder, `net-${parts++}.part`);
        writeFileSync(partFile, content.subarray(0, length));
        await bring(address, { partFile }).done;
        expect(readFileSync(partFile).equals(content)).toBe(true);
        expect(ranges).toEqual(length === content.length ? [] : [length === 0 ? undefined : `bytes=${length}-`]);
      }),
      { numRuns: 15 },
    );
  });

  it('survives connections that are cut as long as each brings something', async () => {
    const { address, ranges } = await serve((request, response, count) => send(request, response, count * 40_000));
    const { partFile, done } = bring(address);
    await done;
    expect(readFileSync(partFile).equals(content)).toBe(true);
    expect(ranges.length).toBeGreaterThan(5);
  });

  it('begins anew where the server knows no ranges', async () => {
    const { address } = await serve((_, response) => response.end(content));
    const partFile = join(folder, 'no-range.part');
    writeFileSync(partFile, content.subarray(0, 1000));
    await bring(address, { partFile }).done;
    expect(readFileSync(partFile).equals(content)).toBe(true);
  });

  it('begins anew with a part that is too long, and with one that the server refuses', async () => {
    const { address } = await serve((request, response) => {
      if (request.headers.range === undefined) send(request, response);
      else response.writeHead(416).end();
    });
    for (const before of [Buffer.alloc(content.length + 1), Buffer.alloc(10)]) {
      const partFile = join(folder, `net-${parts++}.part`);
      writeFileSync(partFile, before);
      await bring(address, { partFile }).done;
      expect(readFileSync(partFile).equals(content)).toBe(true);
    }
  });

  it('does not take bytes of another place for those it asked for', async () => {
    const { address } = await serve((request, response) => {
      if (request.headers.range === undefined) send(request, response);
      else response.writeHead(206, { 'content-range': `bytes 0-9/${content.length}` }).end(content.subarray(0, 10));
    });
    const partFile = join(folder, 'other-place.part');
    writeFileSync(partFile, content.subarray(0, 500));
    await bring(address, { partFile }).done;
    expect(readFileSync(partFile).equals(content)).toBe(true);
  });
});

describe('a download that fails', () => {
  it('gives up a connection that is cut at the same place again and again, and keeps what came', async () => {
    const { address, ranges } = await serve((request, response) => {
      if (request.headers.range === undefined) send(request, response, 50_000);
      else response.destroy();
    });
    const { partFile, done } = bring(address);
    await expect(done).rejects.toThrow(/was tried 3 times in a row: .*\. 50000 of 300000 bytes are here and kept/);
    expect(statSync(partFile).size).toBe(50_000);
    expect(ranges).toEqual([undefined, 'bytes=50000-', 'bytes=50000-', 'bytes=50000-']);
  });

  it('gives up a server that falls silent', async () => {
    const { address } = await serve((request, response, count) => {
      if (count === 1) response.writeHead(200, { 'content-length': content.length }).write(content.subarray(0, 1000));
      else request.resume();
    });
    const { done } = bring(address, { stallMs: 150 });
    await expect(done).rejects.toThrow(/3 times in a row: nothing came from 127\.0\.0\.1:\d+ for 0\.15 s\. 1000 of/);
  });

  it('keeps what came when it is interrupted', async () => {
    const stop = new AbortController();
    const { address } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': content.length }).write(content.subarray(0, 70_000));
    });
    const onProgress = (bytes: number) => bytes === 70_000 && stop.abort();
    const { partFile, done } = bring(address, { signal: stop.signal, onProgress });
    await expect(done).rejects.toThrow(
      /it was interrupted\. 70000 of 300000 bytes are here and kept; the same command goes on/,
    );
    expect(readFileSync(partFile).equals(content.subarray(0, 70_000))).toBe(true);
  });

  it('removes a file of another hash', async () => {
    const { address } = await serve((_, response) => response.end(Buffer.alloc(content.length)));
    const { partFile, done } = bring(address);
    await expect(done).rejects.toThrow(new RegExp(`SHA-256 is [0-9a-f]{64}, right would be ${sha256}.*removed`));
    expect(existsSync(partFile)).toBe(false);
  });

  it.each<[string, (response: ServerResponse) => void, RegExp]>([
    ['is not there', (response) => response.writeHead(404).end('no'), /nothing at http.*\(HTTP 404\).*models add/],
    [
      'is hidden behind a sign-in page',
      (response) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>Welcome</html>'),
      /answers with a web page.*sign-in.*models add/,
    ],
    ['is refused', (response) => response.writeHead(503).end('no'), /HTTP 503 Service Unavailable/],
    ['is shorter', (response) => response.end('<html>'), /is of 6 bytes, not of 300000/],
    [
      'is longer, and does not say so',
      (response) => {
        response.write(content);
        response.end('more');
      },
      /sends more than the 300000 bytes/,
    ],
  ])('leaves nothing of a file that %s', async (_, answer, text) => {
    const { address } = await serve((__, response) => answer(response));
    const { partFile, done } = bring(address);
    await expect(done).rejects.toThrow(text);
    await expect(done).rejects.toThrow(UserError);
    expect(existsSync(partFile)).toBe(false);
  });

  it('says that the machine cannot be reached', async () => {
    const { address } = await serve((_, response) => response.end());
    servers[0]!.close();
    await expect(bring(address).done).rejects.toThrow(
      /3 times in a row: 127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)\. Nothing has come yet/,
    );
  });

  it('follows where it is sent, and names who failed there', async () => {
    const file = await serve((request, response) => send(request, response));
    const { address } = await serve((_, response) => response.writeHead(302, { location: file.address }).end());
    const { partFile, done } = bring(address);
    await done;
    expect(readFileSync(partFile).equals(content)).toBe(true);
    servers[0]!.closeAllConnections();
    servers[0]!.close();
    const { host } = new URL(file.address);
    await expect(bring(address).done).rejects.toThrow(new RegExp(`${host} cannot be reached`));
  });

  it.each<[string, string, RegExp]>([
    ['round in circles', '/again', /leads from one address to another, more than 20 times/],
    ['to what is no address', 'file:///etc/passwd', /leads to "file:\/\/\/etc\/passwd", which is no address/],
    ['to nothing that can be read', 'http://[', /leads to "http:\/\/\[", which is no address/],
  ])('does not follow %s', async (_, location, text) => {
    const { address, ranges } = await serve((__, response) => response.writeHead(302, { location }).end());
    await expect(bring(address).done).rejects.toThrow(text);
    expect(ranges.length).toBe(location === '/again' ? 21 : 1);
  });

  it('begins anew, once, where what is here from before cannot become right', async () => {
    const { address, ranges } = await serve((request, response) => send(request, response));
    for (const earlier of [1000, content.length]) {
      ranges.length = 0;
      const partFile = join(folder, `net-${parts++}.part`);
      writeFileSync(partFile, Buffer.alloc(earlier));
      await bring(address, { partFile }).done;
      expect(readFileSync(partFile).equals(content)).toBe(true);
      expect(ranges).toEqual([...(earlier < content.length ? [`bytes=${earlier}-`] : []), undefined]);
    }
  });

  it('says that it waits', async () => {
    const { address } = await serve((request) => request.resume());
    const stop = new AbortController();
    const said: unknown[] = [];
    const { done } = bring(address, {
      stallMs: 600_000,
      signal: stop.signal,
      onSilence: (silence) => {
        said.push(silence);
        stop.abort();
      },
    });
    await expect(done).rejects.toThrow(/it was interrupted\. Nothing has come yet/);
    expect(said).toEqual([{ host: new URL(address).host, silentS: 3, givenUpAfterS: 600 }]);
  });

  it('says that it tries again, and why', async () => {
    const { address } = await serve((request, response, count) => {
      if (count === 1) response.destroy();
      else send(request, response);
    });
    const said: string[] = [];
    await bring(address, { onRetry: (trouble) => said.push(trouble) }).done;
    expect(said).toEqual([expect.stringMatching(/^the connection to 127\.0\.0\.1:\d+ broke \(.+\)$/)]);
  });

  it('tries again where what is encrypted was broken on the way', async () => {
    const { keyPem, certificatePem } = await makeCertificate({
      ...{ commonName: 'zoo', names: ['127.0.0.1'], serial: new Uint8Array(16).fill(7), nowMs: Date.now() },
    });
    const secure = createSecureServer({ key: keyPem, cert: certificatePem }, (request, response) =>
      send(request, response),
    );
    servers.push(secure);
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    /** Of the first connection, one byte of the server's handshake comes over as another. */
    const changedAt = 300;
    let connections = 0;
    const link = createLink((near) => {
      const far = connect((secure.address() as AddressInfo).port, '127.0.0.1');
      const isBroken = ++connections === 1;
      let passed = 0;
      for (const each of [near, far]) each.on('error', () => undefined);
      near.pipe(far);
      near.on('close', () => far.destroy());
      far.on('close', () => near.destroy());
      far.on('data', (bytes) => {
        const at = changedAt - passed;
        if (isBroken && at >= 0 && at < bytes.length) bytes[at]! ^= 0x55;
        passed += bytes.length;
        near.write(bytes);
      });
    });
    await new Promise<void>((resolve) => link.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    try {
      const said: string[] = [];
      const { partFile, done } = bring(`https://127.0.0.1:${(link.address() as AddressInfo).port}/`, {
        onRetry: (trouble) => said.push(trouble),
      });
      await done;
      expect(readFileSync(partFile).equals(content)).toBe(true);
      expect(said).toEqual([expect.stringMatching(/^the connection to 127\.0\.0\.1:\d+ broke \(ERR_SSL_.+\)$/)]);
      expect(connections).toBe(2);
    } finally {
      vi.unstubAllEnvs();
      link.close();
    }
  });

  it('is not begun without room for it, nor where nothing can be written', async () => {
    const { address, ranges } = await serve((request, response) => send(request, response));
    await expect(bring(address, { bytes: 2 ** 60 }).done).rejects.toThrow(/has room for .* MB are to come/);
    expect(ranges).toEqual([]);
    const { done } = bring(address, { partFile: join(folder, 'none', 'net.part') });
    await expect(done).rejects.toThrow(/none cannot be written: its folder does not exist/);
    await expect(done).rejects.toThrow(UserError);
  });
});
