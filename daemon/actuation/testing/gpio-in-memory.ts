import { openSync } from 'node:fs';
import type { LinuxGpioLine, LinuxGpioPackage } from '../pins/linux-pins.ts';

/** For tests: what onoff and the kernel do with lines, without a kernel. */
export class GpioInMemory {
  /** Every taking, in order. */
  readonly taken: { readonly line: number; readonly direction: string }[] = [];
  /** The file that each taking opens. */
  file: string | undefined;
  readonly descriptors: number[] = [];
  /** Whether lines become the outputs that they are asked to be: onoff passes over a kernel that refuses. */
  staysInput = false;
  /** What each taking and each use ends with. */
  refusal: NodeJS.ErrnoException | undefined;
  readonly package: LinuxGpioPackage;
  readonly #outputs = new Set<number>();
  readonly #levels = new Map<number, 0 | 1>();
  readonly #watchers = new Map<number, (error: undefined, value: 0 | 1) => void>();

  constructor() {
    const take = (line: number, direction: string): LinuxGpioLine => this.#take(line, direction);
    const open = (): number | undefined => {
      if (this.file === undefined) return undefined;
      const descriptor = openSync(this.file, 'r');
      this.descriptors.push(descriptor);
      return descriptor;
    };
    this.package = {
      Gpio: class implements LinuxGpioLine {
        readonly #line: LinuxGpioLine;
        readonly _valueFd?: number;
        constructor(line: number, direction: string) {
          this.#line = take(line, direction);
          const descriptor = open();
          if (descriptor !== undefined) this._valueFd = descriptor;
        }
        readSync = (): 0 | 1 => this.#line.readSync();
        writeSync = (value: 0 | 1): void => this.#line.writeSync(value);
        watch: LinuxGpioLine['watch'] = (onEdge) => this.#line.watch(onEdge);
        unwatch = (): void => this.#line.unwatch();
      },
    };
  }

  /** What an output drives; undefined for a line that is none. */
  wire(line: number): 0 | 1 | undefined {
    return this.#outputs.has(line) ? this.#levels.get(line) : undefined;
  }

  /** A level on the wire of an input: a rise is heard by who watches the line. */
  put(line: number, level: 0 | 1): void {
    const before = this.#levels.get(line) ?? 0;
    this.#levels.set(line, level);
    if (before === 0 && level === 1) this.#watchers.get(line)?.(undefined, 1);
  }

  isWatched(line: number): boolean {
    return this.#watchers.has(line);
  }

  #take(line: number, direction: string): LinuxGpioLine {
    this.#check();
    this.taken.push({ line, direction });
    if (direction === 'in' || this.staysInput) this.#outputs.delete(line);
    else {
      this.#outputs.add(line);
      this.#levels.set(line, direction === 'high' ? 1 : 0);
    }
    return {
      readSync: () => {
        this.#check();
        return this.#levels.get(line) ?? 0;
      },
      writeSync: (value) => {
        this.#check();
        // As the kernel does with an input.
        if (!this.#outputs.has(line))
          throw Object.assign(new Error('EPERM: operation not permitted'), { code: 'EPERM' });
        this.#levels.set(line, value);
      },
      watch: (onEdge) => void this.#watchers.set(line, onEdge),
      unwatch: () => void this.#watchers.delete(line),
    };
  }

  #check(): void {
    if (this.refusal !== undefined) throw this.refusal;
  }
}
