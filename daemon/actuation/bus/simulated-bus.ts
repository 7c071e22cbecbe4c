import { createConnection, type Socket } from 'node:net';
import { errnoName } from '../../platform/errno-name.ts';
import { parseJson, readLines } from '../../platform/line-channel.ts';
import { reasonOf } from '../../platform/reason-of.ts';
import { type SimulatorRequest, simulatorAnswerSchema } from '../../protocol/simulator-messages.ts';
import { type I2cBus, I2cError, impossibleRequest, transferLimitMs } from './i2c-bus.ts';

type I2cRequest = Extract<SimulatorRequest, { op: 'i2c-write' | 'i2c-read' }>;
/** A request without its number. */
type Unnumbered<Request> = Request extends unknown ? Omit<Request, 'id'> : never;

interface Waiting {
  readonly socket: Socket;
  resolve(bytes: Uint8Array): void;
  reject(error: I2cError): void;
}

const connectLimitMs = 200;

/**
 * The register models of the simulated car. Rejects with an I2cError when nothing listens on the socket. When the
 * connection breaks later, transfers fail, and each one tries to connect again.
 */
export async function openSimulatedBus(socketPath: string): Promise<I2cBus> {
  const bus = new SimulatedBus(socketPath);
  await bus.connect();
  return bus;
}

class SimulatedBus implements I2cBus {
  readonly #path: string;
  readonly #waiting = new Map<number, Waiting>();
  #socket: Socket | undefined;
  #connecting: Promise<Socket> | undefined;
  #nextId = 1;
  #closed = false;

  constructor(path: string) {
    this.#path = path;
  }

  async writeRegisters(address: number, register: number, bytes: Uint8Array): Promise<void> {
    const request = { op: 'i2c-write', address, register, bytes: Array.from(bytes) } as const;
    await this.#transfer(request, bytes.length);
  }

  async readRegisters(address: number, register: number, length: number): Promise<Uint8Array> {
    const bytes = await this.#transfer({ op: 'i2c-read', address, register, length }, length);
    if (bytes.length !== length) {
      throw new I2cError(
        'EIO',
        `the simulated bus gave ${bytes.length} bytes of ${length} from register ${register} on`,
      );
    }
    return bytes;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#socket?.destroy();
  }

  connect(): Promise<Socket> {
    this.#connecting ??= new Promise<Socket>((resolve, reject) => {
      const socket = createConnection(this.#path);
      const timer = setTimeout(() => socket.destroy(timeoutError(this.#path, connectLimitMs)), connectLimitMs);
      let error: unknown;
      socket.on('error', (cause) => {
        error = cause;
      });
      socket.on('connect', () => {
        clearTimeout(timer);
        if (this.#closed) {
          socket.destroy();
          return;
        }
        this.#socket = socket;
        resolve(socket);
      });
      socket.on('close', () => {
        clearTimeout(timer);
        this.#socket = undefined;
        this.#connecting = undefined;
        const failure = connectionError(this.#path, error);
        reject(failure);
        for (const [id, waiting] of this.#waiting) {
          if (waiting.socket !== socket) continue;
          this.#waiting.delete(id);
          waiting.reject(failure);
        }
      });
      readLines(socket, (line) => this.#answer(socket, line), {
        onOverlong: () => socket.destroy(new I2cError('EPROTO', 'the simulated bus sent a line without end')),
      });
    });
    return this.#connecting;
  }

  #transfer(request: Unnumbered<I2cRequest>, lengthBytes: number): Promise<Uint8Array> {
    if (this.#closed) return Promise.reject(new I2cError('EBADF', `the simulated bus ${this.#path} is closed`));
    const impossible = impossibleRequest(request.register, lengthBytes);
    if (impossible !== undefined) return Promise.reject(impossible);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      // After the time-out one more look at what has arrived: this process itself may have been held up.
      const timer = setTimeout(() => setImmediate(fail, timeoutError(this.#path, transferLimitMs)), transferLimitMs);
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(id);
      };
      const fail = (error: I2cError) => {
        done();
        reject(error);
      };
      const send = (socket: Socket) => {
        const succeed = (bytes: Uint8Array) => {
          done();
          resolve(bytes);
        };
        this.#waiting.set(id, { socket, resolve: succeed, reject: fail });
        socket.write(`${JSON.stringify({ ...request, id })}\n`);
      };
      if (this.#socket !== undefined) send(this.#socket);
      else this.connect().then(send, fail);
    });
  }

  #answer(socket: Socket, line: string): void {
    const parsed = parseJson(line);
    const answer = simulatorAnswerSchema.safeParse(parsed.ok ? parsed.value : undefined);
    if (!answer.success) {
      socket.destroy(
        new I2cError('EPROTO', `the simulated bus sent what is no answer: ${JSON.stringify(line.slice(0, 80))}`),
      );
      return;
    }
    const waiting = this.#waiting.get(answer.data.id);
    switch (answer.data.op) {
      case 'i2c':
        waiting?.resolve(Uint8Array.from(answer.data.bytes));
        return;
      case 'error':
        waiting?.reject(new I2cError(answer.data.code, answer.data.text));
        return;
      case 'view':
        return;
    }
  }
}

function timeoutError(path: string, limitMs: number): I2cError {
  return new I2cError('ETIMEDOUT', `the simulated bus ${path} did not answer within ${limitMs} ms`);
}

function connectionError(path: string, error: unknown): I2cError {
  if (error instanceof I2cError) return error;
  if (error === undefined) return new I2cError('ECONNRESET', `the simulated car closed its bus ${path}`);
  const code = errnoName(error) ?? 'EIO';
  return new I2cError(code, `the simulated car's bus ${path} cannot be reached (${reasonOf(error)}): is it running?`);
}
