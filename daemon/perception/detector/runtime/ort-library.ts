import { existsSync } from 'node:fs';
import { type ForeignFunction, foreign } from '../../../platform/foreign-functions.ts';
import { reasonOf } from '../../../platform/reason-of.ts';
import { hasApi, UnfitLibrary } from './library-version.ts';
import {
  arenaAllocator,
  defaultMemory,
  logErrorsOnly,
  type OrtApi,
  type OrtArguments,
  type OrtFunction,
  ortApiLength,
  ortApiVersion,
  ortFunctions,
} from './ort-api.ts';

/** A loaded libonnxruntime, behind its C API. */
export interface OrtLibrary {
  readonly file: string;
  /** Such as `1.11.0`. */
  readonly version: string;
  /** What it was compiled with, such as `CUDAExecutionProvider`; proves nothing about what works. */
  readonly providers: readonly string[];
  readonly api: OrtApi;
  /** A call on a thread of the pool: its arguments' memory must live until it has ended. @throws as `api` does. */
  later<Name extends LaterName>(name: Name, ...values: OrtArguments<Name>): Promise<void>;
  readonly environment: bigint;
  readonly allocator: bigint;
  /** Describes memory of the processor. */
  readonly cpuMemory: bigint;
  /** Copies as many bytes as `to` holds from an address. */
  copy(from: bigint, to: ArrayBufferView): void;
}

/** The calls that take long. */
type LaterName = 'Run' | 'CreateSession';

const opened = new Map<string, OrtLibrary>();

/**
 * Loads a library once per thread; it stays loaded, and so does its environment: CUDA's libraries under it do not bear
 * being unloaded. The environment is the process's own, shared with everyone who loaded the same file.
 * @throws UnfitLibrary when the file is no ONNX Runtime of at least 1.11.
 */
export function openOrtLibrary(file: string): OrtLibrary {
  let library = opened.get(file);
  if (library === undefined) {
    library = open(file);
    opened.set(file, library);
  }
  return library;
}

function open(file: string): OrtLibrary {
  if (!existsSync(file)) throw new UnfitLibrary(file, 'does not exist');
  // Read by the library while it is loaded. A worker's process.env is a copy that native code does not see; whoever
  // starts one sets the variable as well, and the environment below is told once more.
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  const { version, table } = readApiTable(file);
  const pointers: unknown[] = foreign().decode(table, 'void *', ortApiLength);
  const { api, later } = bindFunctions((index) => pointers[index]);
  const environment = made((out) => api.CreateEnv(logErrorsOnly, 'jetson-car', out));
  api.DisableTelemetryEvents(environment);
  return {
    file,
    version,
    providers: availableProviders(api),
    api,
    later,
    environment,
    allocator: made((out) => api.GetAllocatorWithDefaultOptions(out)),
    cpuMemory: made((out) => api.CreateCpuMemoryInfo(arenaAllocator, defaultMemory, out)),
    copy: koffiCopy(),
  };
}

function readApiTable(file: string): { version: string; table: bigint } {
  let base: bigint;
  try {
    base = foreign().load(file).func('OrtGetApiBase', 'void *', [])();
    keepLoaded(file);
  } catch (error) {
    throw new UnfitLibrary(file, `cannot be used: ${reasonOf(error)}`);
  }
  const [getApi, getVersion]: unknown[] = foreign().decode(base, 'void *', 2);
  const version: string = foreign().decode(getVersion, foreign().proto('str', []))();
  // Asked first: a library that lacks the version says so on standard error by itself.
  const table: bigint | null = hasApi(version)
    ? foreign().decode(getApi, foreign().proto('void *', ['uint32_t']))(ortApiVersion)
    : null;
  if (table === null) throw new UnfitLibrary(file, `is ONNX Runtime ${version}`);
  return { version, table };
}

/**
 * Takes one more reference that nobody gives back: koffi unloads a library when its handle is collected, and knows
 * nothing of the functions that were found by their addresses, nor of the library's own threads.
 */
function keepLoaded(file: string): void {
  const resolveNow = 2;
  foreign().load(null).func('dlopen', 'void *', ['str', 'int'])(file, resolveNow);
}

const cArguments = { pointer: 'void *', size: 'size_t', int: 'int', text: 'str' } as const;
const cResults = { status: 'void *', text: 'str', nothing: 'void' } as const;

function bindFunctions(pointerAt: (index: number) => unknown): Pick<OrtLibrary, 'api' | 'later'> {
  const natives = new Map<string, ForeignFunction<(...values: unknown[]) => unknown>>();
  const functions: Record<string, (...values: unknown[]) => unknown> = {};
  for (const [name, { index, result, takes }] of Object.entries<OrtFunction>(ortFunctions)) {
    const signature = foreign().proto(
      cResults[result],
      takes.map((kind) => cArguments[kind]),
    );
    const native = foreign().decode(pointerAt(index), signature);
    natives.set(name, native);
    functions[name] = result === 'status' ? (...values) => check(native(...values)) : native;
  }
  const api = functions as OrtApi;
  const check = (status: unknown): void => {
    if (typeof status !== 'bigint') return;
    const text = api.GetErrorMessage(status).trim();
    api.ReleaseStatus(status);
    throw new Error(text);
  };
  const later: OrtLibrary['later'] = (name, ...values) =>
    new Promise((resolve, reject) => {
      const ended = (error: unknown, status: unknown): void => {
        try {
          if (error !== null && error !== undefined) throw error;
          resolve(check(status));
        } catch (thrown) {
          reject(thrown);
        }
      };
      natives.get(name)?.async(...(values as unknown[]), ended);
    });
  return { api, later };
}

function availableProviders(api: OrtApi): string[] {
  const list = new BigUint64Array(1);
  const count = new Int32Array(1);
  api.GetAvailableProviders(list, count);
  const names: unknown[] = foreign().decode(list[0], 'void *', count[0]!);
  const texts = names.map((name) => textAt(name));
  api.ReleaseAvailableProviders(list[0]!, count[0]!);
  return texts;
}

function koffiCopy(): OrtLibrary['copy'] {
  const memcpy = foreign().load(null).func('memcpy', 'void *', ['void *', 'void *', 'size_t']);
  return (from, to) => {
    if (to.byteLength > 0) memcpy(to, from, to.byteLength);
  };
}

/** What a function writes to its last argument: an address, or a size; 0n for none. */
export function made(make: (out: BigUint64Array) => void): bigint {
  const out = new BigUint64Array(1);
  make(out);
  return out[0]!;
}

/** A C string, copied. */
export function textAt(address: unknown): string {
  return foreign().decode.string(address);
}

/**
 * The address of a typed array's memory. koffi's doc/output.md ("Stable pointers") warns of keeping one: arrays of up to
 * 64 bytes begin on V8's heap, where memory moves. Whoever asks for their buffer has them moved out for good, and
 * node::Buffer::Data, by which koffi finds the address, does (JSTypedArray::GetBuffer in V8's
 * src/objects/js-array-buffer.cc). So the address holds as long as the array is reachable and its buffer is neither
 * transferred nor resized.
 */
export function addressOf(data: ArrayBufferView): bigint {
  return foreign().address(data);
}

/** An array of C strings: their addresses, and in the same buffer behind them the strings. */
export function textList(texts: readonly string[]): BigUint64Array {
  const strings = texts.map((text) => Buffer.from(`${text}\0`));
  const tableBytes = texts.length * BigUint64Array.BYTES_PER_ELEMENT;
  const memory = new Uint8Array(tableBytes + strings.reduce((bytes, { length }) => bytes + length, 0));
  const pointers = new BigUint64Array(memory.buffer, 0, texts.length);
  let offset = tableBytes;
  for (const [at, string] of strings.entries()) {
    memory.set(string, offset);
    pointers[at] = addressOf(memory) + BigInt(offset);
    offset += string.length;
  }
  return pointers;
}
