import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const answerSchema = z.union([
  z.looseObject({ return: z.unknown() }),
  z.looseObject({ error: z.looseObject({ desc: z.string() }) }),
]);
const retryMs = 50;

/** QEMU's machine protocol (QMP), one request at a time; events are no matter here. */
export class MachineControl {
  readonly #socket: Socket;
  #text = '';
  #waiting: ((line: string | undefined) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    socket.on('error', () => {});
    socket.on('close', () => this.#waiting?.(undefined));
  }

  /** @throws Error when nobody listens there within the time. */
  static async open(path: string, patienceMs: number): Promise<MachineControl> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const socket = connect(path);
      const failed = await new Promise<Error | undefined>((resolve) => {
        socket.once('connect', () => resolve(undefined));
        socket.once('error', resolve);
      });
      if (failed === undefined) {
        const control = new MachineControl(socket);
        await control.ask('qmp_capabilities');
        return control;
      }
      if (performance.now() > deadline) throw failed;
      await sleep(retryMs);
    }
  }

  /** @throws Error with QEMU's words when it refuses, or is gone. */
  async ask(execute: string, parameters: object = {}): Promise<unknown> {
    const line = await new Promise<string | undefined>((resolve) => {
      if (this.#socket.destroyed) return resolve(undefined);
      this.#waiting = resolve;
      this.#socket.write(`${JSON.stringify({ execute, arguments: parameters })}\n`);
    });
    this.#waiting = undefined;
    if (line === undefined) throw new Error(`QEMU was gone when it was asked for ${execute}`);
    const answer = answerSchema.parse(JSON.parse(line));
    if ('error' in answer) throw new Error(`QEMU refuses ${execute}: ${(answer.error as { desc: string }).desc}`);
    return answer.return;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#text += text;
    for (let end = this.#text.indexOf('\n'); end >= 0; end = this.#text.indexOf('\n')) {
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 1);
      // Its greeting, and what it tells of its own.
      if (/^\{"(QMP|timestamp|event)"/.test(line)) continue;
      this.#waiting?.(line);
    }
  }
}
