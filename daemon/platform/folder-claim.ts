import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { errnoName } from './errno-name.ts';
import { parseJson, readLines, writeJsonLine } from './line-channel.ts';

// It ends up on terminals, and any user of the machine may have taken the socket's name.
const userSchema = z.object({ name: z.string().regex(/^[\p{L}\p{N} ._-]{1,100}$/u), pid: z.number().int().positive() });

/** A running program that uses a folder. */
export type FolderUser = z.infer<typeof userSchema>;

/** `taken`: by whom, where it says so. `unknown`: this system has no such names. */
export type FolderClaim =
  | { readonly kind: 'ours'; release(): void }
  | { readonly kind: 'taken'; readonly by: FolderUser | undefined }
  | { readonly kind: 'unknown' };

const usualAnswerLimitMs = 1000;
const maxAnswerBytes = 1000;

/**
 * Says to whoever asks later that this program uses a folder. A socket in the kernel's own space of names holds the claim (unix(7),
 * "abstract"): it ends with the program, however that ends, so none is ever left over to be in the way of a next start.
 * @param user what the others are told @param answerLimitMs how long one that has it may take to say who it is. Bounded in time, and never rejects: a claim is for information alone.
 */
export async function claimFolder(
  folder: string,
  user: FolderUser,
  answerLimitMs: number = usualAnswerLimitMs,
): Promise<FolderClaim> {
  const path = claimName(folder);
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.setTimeout(answerLimitMs, () => socket.destroy());
    writeJsonLine(socket, user);
    socket.end();
  });
  server.maxConnections = 4;
  // Not what a program runs for.
  server.unref();
  const failure = await new Promise<Error | undefined>((settle) => {
    server.on('error', settle);
    server.listen(path, () => settle(undefined));
  });
  if (failure === undefined) return { kind: 'ours', release: () => void server.close() };
  return errnoName(failure) === 'EADDRINUSE'
    ? { kind: 'taken', by: await userOf(connect(path), answerLimitMs) }
    : { kind: 'unknown' };
}

/** The socket's name: the folder by its real place, which fits in however long that is. */
export function claimName(folder: string): string {
  return `\0jetson-car-${createHash('sha256').update(realPlace(folder)).digest('hex').slice(0, 32)}`;
}

/** A folder that is not there yet has the place where it would be made. */
function realPlace(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return resolve(folder);
  }
}

function userOf(socket: Socket, limitMs: number): Promise<FolderUser | undefined> {
  const limit = AbortSignal.timeout(limitMs);
  return new Promise<FolderUser | undefined>((settle) => {
    limit.addEventListener('abort', () => settle(undefined));
    socket.once('error', () => settle(undefined));
    socket.once('close', () => settle(undefined));
    const onLine = (line: string) => {
      const json = parseJson(line);
      settle(userSchema.safeParse(json.ok ? json.value : undefined).data);
    };
    readLines(socket, onLine, { maxLineBytes: maxAnswerBytes, onOverlong: () => settle(undefined) });
  }).finally(() => socket.destroy());
}
