import { createHash } from 'node:crypto';
import { createReadStream, existsSync, rmSync, statfsSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { whyUnwritable } from '../platform/file-trouble.ts';
import { reasonOf } from '../platform/reason-of.ts';
import { UserError } from '../platform/user-error.ts';

export interface Download {
  readonly address: string;
  /** Where it grows. What is there from before is gone on with. */
  readonly partFile: string;
  /** What the whole file must be. */
  readonly bytes: number;
  readonly sha256: string;
  /** Ends the download; what has come is kept. */
  readonly signal?: AbortSignal;
  /** Called with the bytes that are there, now and then. */
  readonly onProgress?: (bytes: number) => void;
  /** Called every second in which nothing comes, from the third on. */
  readonly onSilence?: (silence: {
    readonly host: string;
    readonly silentS: number;
    readonly givenUpAfterS: number;
  }) => void;
  /** Called with why a connection broke, for people, before another one is tried. */
  readonly onRetry?: (trouble: string) => void;
  /** A server that sends nothing for so long is given up; 30 s by default. */
  readonly stallMs?: number;
  /** Before a connection that broke without bringing anything is tried again; 1 s by default. */
  readonly retryMs?: number;
}

/** Connections in a row that may break without bringing the file farther. */
const mostFruitless = 3;
/** As browsers have it. */
const mostRedirects = 20;
const silentFromS = 3;

/**
 * Brings a file of known size and hash over HTTP, going on where an earlier attempt ended if the server can. When this
 * resolves, the part file is whole and proven, and it is for the caller to give it its name. A part that cannot become
 * right is removed; one that can is kept.
 * @throws (rejects) UserError that says what happened and what to do.
 */
export async function download(options: Download): Promise<void> {
  const { partFile, bytes } = options;
  if (partSize(partFile) > bytes) rmSync(partFile);
  checkRoom(options);
  const earlierBytes = partSize(partFile);
  await bring(options);
  let sha256 = await hashOf(partFile);
  if (sha256 !== options.sha256 && earlierBytes > 0) {
    // A power cut, or another version of the file, may have left a part that no byte of the rest can make right.
    rmSync(partFile);
    await bring(options);
    sha256 = await hashOf(partFile);
  }
  if (sha256 === options.sha256) return;
  rmSync(partFile);
  throw new UserError(
    `what came from ${options.address} is not the file that was expected: its SHA-256 is ${sha256}, right would be ${options.sha256}. ` +
      'It was removed. Try again; if it happens again, the file there was changed.',
  );
}

/** Until as many bytes are here as there should be. */
async function bring(options: Download): Promise<void> {
  const { partFile, bytes } = options;
  let farthest = partSize(partFile);
  let fruitless = 0;
  while (partSize(partFile) < bytes) {
    const trouble = await connectOnce(options);
    const size = partSize(partFile);
    if (trouble === undefined || size === bytes) continue;
    fruitless = size > farthest ? 0 : fruitless + 1;
    farthest = Math.max(farthest, size);
    if (fruitless >= mostFruitless) {
      throw new UserError(
        `${options.address} was tried ${mostFruitless} times in a row: ${trouble}. ${whatIsKept(size, bytes)}`,
      );
    }
    options.onRetry?.(trouble);
    if (fruitless > 0) await new Promise((resolve) => setTimeout(resolve, options.retryMs ?? 1000));
  }
}

function whatIsKept(size: number, bytes: number): string {
  return size === 0
    ? 'Nothing has come yet.'
    : `${size} of ${bytes} bytes are here and kept; the same command goes on from there.`;
}

/** One connection. @returns why it broke before the end, where another attempt may help. */
async function connectOnce(options: Download): Promise<string | undefined> {
  const { partFile, bytes, signal } = options;
  const stall = new AbortController();
  const stallMs = options.stallMs ?? 30_000;
  /** Who is asked at the moment: a redirect leads elsewhere. */
  let asked = new URL(options.address);
  let timer = setTimeout(() => stall.abort(), stallMs);
  let silentS = 0;
  const ticker = setInterval(() => {
    silentS++;
    if (silentS < silentFromS) return;
    options.onSilence?.({ host: asked.host, silentS, givenUpAfterS: stallMs / 1000 });
  }, 1000);
  const alive = () => {
    silentS = 0;
    clearTimeout(timer);
    timer = setTimeout(() => stall.abort(), stallMs);
  };
  let file: FileHandle | undefined;
  try {
    const from = partSize(partFile);
    const response = await follow(
      asked,
      {
        // A compressed answer has other bytes than the file.
        headers: { 'accept-encoding': 'identity', ...(from > 0 && { range: `bytes=${from}-` }) },
        signal: signal === undefined ? stall.signal : AbortSignal.any([signal, stall.signal]),
      },
      (address) => {
        asked = address;
        alive();
      },
    );
    const start = startOf(response, from, { ...options, address: asked.href });
    if (start === undefined) {
      rmSync(partFile, { force: true });
      await response.body?.cancel();
      return from > 0
        ? `the server refuses to go on from byte ${from}`
        : 'the server answers with another part of the file than was asked for';
    }
    file = await openPart(partFile, start);
    let at = start;
    for await (const chunk of response.body ?? []) {
      alive();
      if (at + chunk.length > bytes) throw tooLong(options);
      await writeAll(file, chunk, at, options);
      at += chunk.length;
      options.onProgress?.(at);
    }
    return at < bytes ? `the connection ended after ${at} of ${bytes} bytes` : undefined;
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (signal?.aborted === true) {
      throw new UserError(`it was interrupted. ${whatIsKept(partSize(partFile), bytes)}`);
    }
    if (stall.signal.aborted) return `nothing came from ${asked.host} for ${stallMs / 1000} s`;
    return whyUnreachable(error, asked);
  } finally {
    clearTimeout(timer);
    clearInterval(ticker);
    await file?.close();
  }
}

/**
 * Asks, and asks again where it is sent on to. Not left to `fetch`, which goes from https to http without a word.
 * @param onAsk called with each address before it is asked
 */
async function follow(first: URL, request: RequestInit, onAsk: (address: URL) => void): Promise<Response> {
  let address = first;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    onAsk(address);
    const response = await fetch(address.href, { ...request, redirect: 'manual' });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || response.status === 304 || location === null) return response;
    await response.body?.cancel();
    const next = URL.canParse(location, address.href) ? new URL(location, address) : undefined;
    if (next === undefined || !/^https?:$/.test(next.protocol)) {
      throw new UserError(`${address} leads to "${location}", which is no address on the network. ${byHand}`);
    }
    if (address.protocol === 'https:' && next.protocol === 'http:') {
      throw new UserError(`${address} leads to ${next}, which is not encrypted, and is not followed there. ${byHand}`);
    }
    address = next;
  }
  throw new UserError(`${first} leads from one address to another, more than ${mostRedirects} times. ${byHand}`);
}

const byHand = 'Fetch the network by hand and `jetson-car models add` it.';

/** The byte that the answer begins with; undefined when what is here is of no use to the server. */
function startOf(response: Response, from: number, { address, bytes }: Download): number | undefined {
  if (response.status === 416) return undefined;
  if (response.status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
    const isOurs = range !== null && Number(range[1]) === from && (range[2] === '*' || Number(range[2]) === bytes);
    return isOurs ? from : undefined;
  }
  if (response.status === 404 || response.status === 410) {
    throw new UserError(`there is nothing at ${address} (HTTP ${response.status}): it was moved or removed. ${byHand}`);
  }
  if (response.status !== 200) {
    throw new UserError(
      `the server refuses ${address}: HTTP ${response.status} ${response.statusText}. Try again later.`,
    );
  }
  if (/^text\/html\b/i.test(response.headers.get('content-type') ?? '')) {
    throw new UserError(
      `${address} answers with a web page, not with a network: does this machine's network ask for a sign-in first? ` +
        'If a browser shows nothing of the kind, the file was moved: fetch it by hand and `jetson-car models add` it.',
    );
  }
  const length = response.headers.get('content-length');
  if (length !== null && Number(length) !== bytes) {
    throw new UserError(`${address} is of ${length} bytes, not of ${bytes}: another file than was expected.`);
  }
  return 0;
}

async function openPart(partFile: string, start: number): Promise<FileHandle> {
  try {
    return await open(partFile, start === 0 ? 'w' : 'r+');
  } catch (error) {
    throw new UserError(`${partFile} ${whyUnwritable(error)}.`);
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array, at: number, { partFile }: Download): Promise<void> {
  try {
    for (let done = 0; done < chunk.length; ) {
      done += (await file.write(chunk, done, chunk.length - done, at + done)).bytesWritten;
    }
  } catch (error) {
    throw new UserError(
      `${partFile} ${whyUnwritable(error)}. What has come is kept; the same command goes on from there.`,
    );
  }
}

function tooLong({ address, partFile, bytes }: Download): UserError {
  rmSync(partFile, { force: true });
  return new UserError(
    `${address} sends more than the ${bytes} bytes that were expected: another file. It was removed.`,
  );
}

/**
 * A certificate that proves nothing, by OpenSSL's names for why. What was broken on the way has names too (ERR_SSL_…), and may
 * come whole the next time.
 * @see https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
const unproven =
  /^(?!ERR_SSL_).*CERT|^UNABLE_TO_|^(INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$/;

/** @throws UserError where another attempt would end like this one. */
function whyUnreachable(error: unknown, { host }: URL): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : reasonOf(cause);
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${host} cannot be found (${code}): is this machine on the network?`;
    case 'ECONNREFUSED':
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return `${host} cannot be reached (${code})`;
  }
  if (unproven.test(code)) {
    throw new UserError(
      `${host} does not prove that it is who it says (${code}). Is this machine's clock right (date), and does its network ` +
        'ask for a sign-in first?',
    );
  }
  return `the connection to ${host} broke (${code})`;
}

function checkRoom({ partFile, bytes }: Download): void {
  const folder = dirname(partFile);
  let free: number;
  try {
    const { bavail, bsize } = statfsSync(folder);
    free = bavail * bsize;
  } catch (error) {
    throw new UserError(`${folder} ${whyUnwritable(error)}.`);
  }
  const missing = bytes - partSize(partFile);
  if (free >= missing) return;
  throw new UserError(
    `${folder} has room for ${megabytes(free)} and ${megabytes(missing)} are to come. Make room, or name another folder by JETSON_CAR_MODELS.`,
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function partSize(partFile: string): number {
  return existsSync(partFile) ? statSync(partFile).size : 0;
}

/** SHA-256 of a file, in hexadecimal. */
export async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
