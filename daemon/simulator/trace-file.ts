import { closeSync, openSync, writeSync } from 'node:fs';
import { whyUnwritable } from '../platform/file-trouble.ts';
import { UserError } from '../platform/user-error.ts';

/** JSON objects, one a line; kept in memory until `flush`, so that writing costs the world no time in between. */
export class TraceFile {
  readonly #file: number;
  readonly #path: string;
  #lines: string[] = [];

  private constructor(file: number, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /** @throws UserError when the file cannot be written. */
  static open(path: string): TraceFile {
    try {
      return new TraceFile(openSync(path, 'w'), path);
    } catch (error) {
      throw cannotWrite(path, error);
    }
  }

  add(value: unknown): void {
    this.#lines.push(JSON.stringify(value));
  }

  /** @throws UserError when the disk is full, say. */
  flush(): void {
    if (this.#lines.length === 0) return;
    const text = `${this.#lines.join('\n')}\n`;
    this.#lines = [];
    try {
      writeSync(this.#file, text);
    } catch (error) {
      throw cannotWrite(this.#path, error);
    }
  }

  close(): void {
    this.flush();
    closeSync(this.#file);
  }
}

function cannotWrite(path: string, error: unknown): UserError {
  return new UserError(`the trace ${path} ${whyUnwritable(error)}. Change --trace.`);
}
