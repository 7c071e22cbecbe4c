import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolders } from '../../platform/file-trouble.ts';
import { parseJson, readLines, writeJsonLine } from '../../platform/line-channel.ts';
import type { Logger } from '../../platform/log.ts';
import { type Role, roles } from '../../protocol/pairing.ts';
import type { RemoteAddress } from '../remote-port.ts';
import type { Access } from './access.ts';

/**
 * Where somebody on the car itself opens pairing: a Unix socket that only the car's user and group may use (0660). Whoever
 * can write to it has a shell on the car, which is as good as pressing a button on it.
 */
const requestSchema = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('open-pairing'), role: z.enum(roles) }),
  z.strictObject({ ask: z.literal('address') }),
]);
type Request = z.infer<typeof requestSchema>;

const answerSchema = z.object({
  pairingNeeded: z.boolean(),
  code: z.string().optional(),
  role: z.enum(roles).optional(),
  forS: z.number(),
  urls: z.array(z.string()),
  fingerprint: z.string().optional(),
});
export type PairingAnswer = z.infer<typeof answerSchema>;

export interface PairingSocket {
  close(): void;
}

const socketName = /^door-\d+\.sock$/;
const maxLineBytes = 1000;
/** Long, for a busy computer is slow to answer; at a socket that a dead car left the system refuses at once. */
const answerLimitMs = 10_000;

export interface PairingSocketOptions {
  readonly access: Access;
  /** Where the socket lies; made where it is missing. */
  readonly folder: string;
  readonly address: RemoteAddress;
  readonly fingerprint: string | undefined;
  readonly nowMs: () => number;
  readonly log: Logger;
}

/** Rejects with what the system says when the socket cannot be made there. */
export async function openPairingSocket(options: PairingSocketOptions): Promise<PairingSocket> {
  const { access, folder, address, log } = options;
  const isNewFolder = !existsSync(folder);
  makeFolders(folder, 0o700);
  const path = join(folder, `door-${address.port}.sock`);
  // The port is ours, so whoever had this socket is gone.
  rmSync(path, { force: true });
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    readLines(socket, (line) => serve(socket, line, options), { maxLineBytes, onOverlong: () => socket.destroy() });
  });
  server.maxConnections = 4;
  const before = process.umask(0o117);
  try {
    // The socket is bound within this call, so it never exists with other rights.
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
      process.umask(before);
    });
  } finally {
    process.umask(before);
  }
  server.on('error', (error) => log.warn({ err: error }, 'the socket for pairing failed'));
  log.debug({ path, pairingNeeded: access.pairingNeeded }, 'the socket for pairing is open');
  return {
    close() {
      server.close();
      // Nothing is left behind on a newcomer's disk.
      if (isNewFolder) removeIfEmpty(folder);
    },
  };
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Something else lies in it by now.
  }
}

function serve(socket: Socket, line: string, { access, address, fingerprint, nowMs }: PairingSocketOptions): void {
  const json = parseJson(line);
  const request = requestSchema.safeParse(json.ok ? json.value : undefined);
  if (!request.success) {
    socket.destroy();
    return;
  }
  const state =
    request.data.ask === 'address'
      ? ({ open: false } as const)
      : access.openPairing('it was asked for on the car itself', request.data.role);
  const answer: PairingAnswer = {
    pairingNeeded: access.pairingNeeded,
    ...(state.open && { code: state.code, role: state.role }),
    forS: state.open ? Math.round((state.untilMs - nowMs()) / 1000) : 0,
    // As they are now: the car may have joined another network since it started.
    urls: [...address.urls],
    ...(fingerprint !== undefined && { fingerprint }),
  };
  writeJsonLine(socket, answer);
  socket.end();
}

/** The ports of the cars that have a socket in one of these folders. Some may be left over. */
export function pairingSockets(folders: readonly string[]): { readonly port: number; readonly path: string }[] {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => ({ folder, name })))
    .filter(({ name }) => socketName.test(name))
    .map(({ folder, name }) => ({ port: Number(/\d+/.exec(name)?.[0]), path: join(folder, name) }));
}

/** Asks a running car to open pairing. Rejects when none answers at that socket. */
export function askToPair(path: string, role: Role): Promise<PairingAnswer> {
  return ask(path, { ask: 'open-pairing', role });
}

/** Where a running car is to be found; changes nothing at it. Rejects when none answers at that socket. */
export function askForAddress(path: string): Promise<Pick<PairingAnswer, 'urls' | 'pairingNeeded'>> {
  return ask(path, { ask: 'address' });
}

async function ask(path: string, request: Request): Promise<PairingAnswer> {
  const socket = connect(path);
  try {
    return await new Promise<PairingAnswer>((resolve, reject) => {
      socket.setTimeout(answerLimitMs, () => reject(new Error('no answer')));
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('no answer')));
      socket.once('connect', () => writeJsonLine(socket, request));
      readLines(socket, (line) => {
        const json = parseJson(line);
        const answer = answerSchema.safeParse(json.ok ? json.value : undefined);
        if (answer.success) resolve(answer.data);
        else reject(new Error('an answer that is none'));
      });
    });
  } finally {
    socket.destroy();
  }
}
