import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { I2cError } from './i2c-bus.ts';

export interface BusLock {
  release(): Promise<void>;
}

/** A holder that is busy answers late; one that hangs, never. */
const usualAnswerLimitMs = 300;
/** An asker that does not take its answer has no use for it. */
const askerLimitMs = 1000;
/** Nobody has more to ask than who holds it. */
const mostAskers = 4;

/**
 * Takes a bus for this process alone: two writers on one motor board contradict each other, and either takes the other's pulses
 * for its own. The lock is an abstract socket (unix(7)): the kernel gives it back when its holder ends, however it ends, so there
 * is no stale one, and it needs no folder that every user may write.
 *
 * @param name e.g. `i2c-1`.
 * @param answerLimitMs how long its holder is waited for to say who it is.
 * @throws (rejects) I2cError EBUSY that names the process which holds it.
 */
export async function lockBus(name: string, answerLimitMs = usualAnswerLimitMs): Promise<BusLock> {
  const path = `\0jetson-car/${name}`;
  const askers = new Set<Socket>();
  const server = createServer((asker) => {
    // Whoever asks and stays keeps neither this process alive nor the lock from being released.
    asker.unref();
    askers.add(asker);
    const late = setTimeout(() => asker.destroy(), askerLimitMs).unref();
    asker.on('close', () => {
      clearTimeout(late);
      askers.delete(asker);
    });
    asker.on('error', () => {});
    asker.end(String(process.pid));
  });
  server.maxConnections = mostAskers;
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE')
      throw new I2cError(error.code ?? 'EIO', `${name} cannot be locked: ${error.message}`);
    throw new I2cError(
      'EBUSY',
      `/dev/${name} is held by ${await holderOf(path, answerLimitMs)}: two programs must not move the same wheels. End that one first ` +
        '(the service: sudo systemctl stop jetson-car)',
    );
  });
  return {
    release: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const asker of askers) asker.destroy();
      }),
  };
}

async function holderOf(path: string, answerLimitMs: number): Promise<string> {
  const pid = await new Promise<string>((resolve) => {
    let answer = '';
    const done = (): void => {
      socket.destroy();
      clearTimeout(late);
      resolve(answer);
    };
    const socket = connect(path).on('error', done).on('end', done);
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    const late = setTimeout(done, answerLimitMs);
  });
  if (!/^\d+$/.test(pid)) return 'a process that does not answer';
  return `process ${pid}${programOf(pid)}`;
}

/** Empty where the process is another user's and not to be seen. */
function programOf(pid: string): string {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      .split('\0')
      .filter((word) => word !== '');
    return words.length === 0 ? '' : ` (${words.join(' ')})`;
  } catch {
    return '';
  }
}
