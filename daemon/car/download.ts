import { createHash } from 'node:crypto';
import { createReadStream, existsSync, rmSync, statfsSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { whyUnwritable } from '../platform/file-trouble.ts';
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
  /** A server that sends nothing for so long is given up; 30 s by default. */
  readonly stallMs?: number;
  /** Before a connection that broke without bringing anything is tried again; 1 s by default. */
  readonly retryMs?: number;
}

/** Connections in a row that may break without bringing the file farther. */
const mostFruitless = 3;

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
        `${options.address}: ${trouble}, ${mostFruitless} times in a row. ${size} of ${bytes} bytes are here and kept; the same command goes on from there.`,
      );
    }
    if (fruitless > 0) await new Promise((resolve) => setTimeout(resolve, options.retryMs ?? 1000));
  }
  const sha256 = await hashOf(partFile);
  if (sha256 === options.sha256) return;
  rmSync(partFile);
  throw new UserError(
    `what came from ${options.address} is not the file that was expected: its SHA-256 is ${sha256}, right would be ${options.sha256}. ` +
      'It was removed. Try again; if it happens again, the file there was changed.',
  );
}

/** One connection. @returns why it broke before the end, where another attempt may help. */
async function connectOnce(options: Download): Promise<string | undefined> {
  const { address, partFile, bytes, signal } = options;
  const stall = new AbortController();
  const stallMs = options.stallMs ?? 30_000;
  let timer = setTimeout(() => stall.abort(), stallMs);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stall.abort(), stallMs);
  };
  let file: FileHandle | undefined;
  try {
    const from = partSize(partFile);
    const response = await fetch(address, {
      // A compressed answer has other bytes than the file.
      headers: { 'accept-encoding': 'identity', ...(from > 0 && { range: `bytes=${from}-` }) },
      signal: signal === undefined ? stall.signal : AbortSignal.any([signal, stall.signal]),
    });
    const start = startOf(response, from, options);
    if (start === undefined) {
      rmSync(partFile, { force: true });
      await response.body?.cancel();
      return `the server refuses to go on from byte ${from}`;
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
      throw new UserError(
        `interrupted with ${partSize(partFile)} of ${bytes} bytes here; the same command goes on from there.`,
      );
    }
    if (stall.signal.aborted) return `nothing came for ${stallMs / 1000} s`;
    return whyUnreachable(error, address);
  } finally {
    clearTimeout(timer);
    await file?.close();
  }
}

/** The byte that the answer begins with; undefined when what is here is of no use to the server. */
function startOf(response: Response, from: number, { address, bytes }: Download): number | undefined {
  if (response.status === 416) return undefined;
  if (response.status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
    const isOurs = range !== null && Number(range[1]) === from && (range[2] === '*' || Number(range[2]) === bytes);
    return isOurs ? from : undefined;
  }
  if (response.status === 404 || response.status === 410) {
    throw new UserError(
      `there is nothing at ${address} (HTTP ${response.status}): it was moved or removed. Fetch the network by hand and \`jetson-car models add\` it.`,
    );
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

function whyUnreachable(error: unknown, address: string): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const { host } = new URL(address);
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
