import { createServer, type Server, type Socket } from 'node:net';
import { errnoName } from '../../platform/errno-name.ts';
import { readLines, writeJsonLine } from '../../platform/line-channel.ts';
import { reasonOf } from '../../platform/reason-of.ts';
import { type SimulatorAnswer, simulatorRequestSchema } from '../../protocol/simulator-messages.ts';
import type { I2cBus } from '../bus/i2c-bus.ts';

/** For tests: the simulator's end of the socket, over any bus. */
export class SimulatorServer {
  readonly #bus: I2cBus;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** While false, requests are kept, as a bus does that hangs. */
  #speaks = true;
  #kept: (() => Promise<void>)[] = [];

  constructor(bus: I2cBus) {
    this.#bus = bus;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async listen(path: string): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(path, resolve));
  }

  hush(): void {
    this.#speaks = false;
  }

  speak(): void {
    this.#speaks = true;
    const kept = this.#kept;
    this.#kept = [];
    void kept.reduce((before, answer) => before.then(answer), Promise.resolve());
  }

  /** Says something else than answers to whoever is connected. */
  say(text: string): void {
    for (const socket of this.#sockets) socket.write(text);
  }

  disconnect(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.disconnect();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    let last = Promise.resolve();
    readLines(socket, (line) => {
      const answer = async () => {
        writeJsonLine(socket, await this.#answer(line));
      };
      if (this.#speaks) last = last.then(answer);
      else this.#kept.push(answer);
    });
  }

  async #answer(line: string): Promise<SimulatorAnswer> {
    const request = simulatorRequestSchema.parse(JSON.parse(line));
    const { id } = request;
    if (request.op === 'view') return { op: 'error', id, code: 'ENOSYS', text: 'there is no car here' };
    try {
      if (request.op === 'i2c-read') {
        const bytes = await this.#bus.readRegisters(request.address, request.register, request.length);
        return { op: 'i2c', id, bytes: Array.from(bytes) };
      }
      await this.#bus.writeRegisters(request.address, request.register, Uint8Array.from(request.bytes));
      return { op: 'i2c', id, bytes: [] };
    } catch (error) {
      return { op: 'error', id, code: errnoName(error) ?? 'EIO', text: reasonOf(error) };
    }
  }
}
