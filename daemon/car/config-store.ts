import { existsSync, readFileSync, statSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { type DiskSteps, disk, writeFileAtomically } from '../platform/atomic-file.ts';
import { whyUnwritable } from '../platform/file-trouble.ts';
import { reasonOf } from '../platform/reason-of.ts';
import { ToldError, troubleOf, UserError } from '../platform/user-error.ts';
import { type Trouble, trouble } from '../protocol/troubles.ts';
import type { CarConfig } from './config.ts';
import { type ConfigChanges, inverseOf, type Leaf, leaves, ofAChange } from './config-changes.ts';
import { editYaml } from './edit-yaml.ts';
import { type ConfigSources, type ConfigText, configOf, readConfigText } from './load-config.ts';

export interface ConfigStoreOptions extends Omit<ConfigSources, 'text' | 'problemsOf'> {
  /** The file that people write, by hand or from the phone. */
  readonly file: string;
  /** A file that is not there yet: refused, or one in which nothing was changed so far. */
  readonly whenMissing: 'refuse' | 'start-empty';
  readonly problemsOf: NonNullable<ConfigSources['problemsOf']>;
  readonly steps?: DiskSteps;
  /** For the log: what a change met with that did not keep it from being made. */
  readonly onNotice?: (text: string) => void;
}

export interface StoredConfig {
  readonly config: CarConfig;
  /** Why the file itself is not in force but the last one that was good; the car must not drive off by itself then. */
  readonly fallback: ConfigFallback | undefined;
}

export interface ConfigFallback {
  /** What is wrong with the file. */
  readonly text: string;
  readonly trouble: Trouble | undefined;
  /** The copy that is in force, and when it was kept. */
  readonly copy: { readonly file: string; readonly keptAt: Date };
}

const newFileMode = 0o640;

/**
 * The configuration file of one car. A file that cannot be used, cut off by a power cut or misspelt, does not stop the car
 * from starting: the last good one, kept beside it, is used, and that is told. Changes are checked as a start would check
 * them and written so that a reader finds the old file or the new one, never a part.
 */
export class ConfigStore {
  readonly #options: ConfigStoreOptions;
  readonly #steps: DiskSteps;
  /** The file as it was loaded; undefined where it was not the file that came into force. */
  #loaded: ConfigText | undefined;
  /** The file as it was last loaded or written here, with all that is in force; undefined where only the copy was. */
  #inForce: ConfigText | undefined;

  constructor(options: ConfigStoreOptions) {
    this.#options = options;
    this.#steps = options.steps ?? disk;
  }

  get file(): string {
    return this.#options.file;
  }

  /** Where the copy of the last file is kept that the car started with, together with what was changed here since. */
  get lastGoodFile(): string {
    return `${this.#options.file}.last-good`;
  }

  /** Where a file is kept that a change found unusable: somebody was at work in it. */
  get unusableFile(): string {
    return `${this.#options.file}.unusable`;
  }

  /** @throws UserError when neither the file nor a kept copy can be used, with what is wrong with the file. */
  load(): StoredConfig {
    this.#loaded = undefined;
    this.#inForce = undefined;
    try {
      const text = this.#text();
      const config = this.#configOf(text);
      this.#loaded = text;
      this.#inForce = text;
      return { config, fallback: undefined };
    } catch (error) {
      const lastGood = error instanceof UserError ? this.#lastGood() : undefined;
      if (lastGood === undefined) throw error;
      const { message: text } = error as UserError;
      return { config: lastGood.config, fallback: { text, trouble: troubleOf(error), copy: lastGood.copy } };
    }
  }

  /**
   * Keeps a copy of the loaded file, for starts that cannot use the file any more. For a car that has started with it: what the
   * file alone does not show, an address that is none of this machine's or a network that is not there, refuses a start too.
   * @returns why it could not be kept; driving needs none. Undefined too where there is nothing to keep.
   */
  keepLoaded(): string | undefined {
    return this.#loaded === undefined ? undefined : this.#keep(this.#loaded);
  }

  /**
   * Writes the file with these values changed, and all else to the letter (edit-yaml.ts). It is in force from the next start
   * on. `approve` sees the configuration first, and throws when it must not be kept. A file that cannot be used is set aside
   * (`unusableFile`), and the change is laid on what is in force.
   * @returns the configuration that it now describes, without the command line's values.
   * @throws UserError when a value is refused or the file cannot be written. The file is as it was then.
   */
  change(changes: ConfigChanges, approve?: (config: CarConfig) => void): CarConfig {
    const before = this.#usableText();
    return this.#write(before, this.#changed(before?.text ?? '', changes), changes, approve);
  }

  /**
   * To be asked for before these changes are made: takes them back. The file is as it was then, to the letter; where somebody else has
   * changed it meanwhile, only these values are.
   */
  takingBack(changes: ConfigChanges): () => void {
    const before = this.#usableText();
    const inverse = inverseOf(changes, parseDocument(before?.text ?? '').toJS());
    return () => {
      const now = this.#usableText();
      const isOurs = before !== undefined && now?.text === this.#changed(before.text, changes);
      this.#write(now, isOurs ? before.text : this.#changed(now?.text ?? '', inverse), inverse);
    };
  }

  #changed(before: string, changes: ConfigChanges): string {
    let text = before;
    for (const leaf of leaves(changes)) text = this.#set(text, leaf);
    return text;
  }

  /** @param changes that lead from `before` to `text`. */
  #write(
    before: ConfigText | undefined,
    text: string,
    changes: ConfigChanges,
    approve?: (config: CarConfig) => void,
  ): CarConfig {
    const after = { file: this.file, text };
    const config = this.#configOf(after, {}, ofAChange);
    approve?.(config);
    const mode = this.#mode();
    const unusable = before?.file === this.file ? undefined : readIfThere(this.file);
    const copy = this.#copyWith(changes, before, text);
    try {
      if (unusable !== undefined) this.#writeBeside(this.unusableFile, unusable, mode);
      if (copy === undefined && before !== undefined && this.#isWorthKeeping(before)) {
        this.#writeBeside(this.lastGoodFile, before.text, mode);
      }
      writeFileAtomically(this.file, text, { steps: this.#steps, mode });
    } catch (error) {
      throw new ToldError(
        trouble('config-unwritable', { file: this.file }),
        `the configuration ${this.file} ${whyUnwritable(error)}. Nothing was changed.`,
      );
    }
    this.#inForce = after;
    this.#keepCopy(copy, mode);
    if (unusable !== undefined) {
      this.#tell(
        `the configuration ${this.file} could not be used as it was found: it is kept as ${this.unusableFile}, ` +
          'and written anew with all that is in force',
      );
    }
    return config;
  }

  /** Only now: the file itself is written. */
  #keepCopy(copy: string | undefined, mode: number): void {
    try {
      if (copy !== undefined) this.#writeBeside(this.lastGoodFile, copy, mode);
    } catch (error) {
      this.#tell(`of this configuration no copy could be kept: ${this.lastGoodFile} ${whyUnwritable(error)}`);
    }
  }

  /**
   * What the copy must say once these changes are made: what a phone has set is not lost with the file. What else was written into
   * the file since the start stays out of it, for no car has started with that.
   * @returns undefined where there is no good copy, or it would be none then.
   */
  #copyWith(changes: ConfigChanges, before: ConfigText | undefined, text: string): string | undefined {
    const kept = readIfThere(this.lastGoodFile);
    if (kept === undefined || this.#troubleOf({ file: this.lastGoodFile, text: kept }) !== undefined) return undefined;
    if (kept === before?.text) return text;
    try {
      const copy = this.#changed(kept, changes);
      return this.#troubleOf({ file: this.lastGoodFile, text: copy }) === undefined ? copy : undefined;
    } catch (error) {
      if (error instanceof UserError) return undefined;
      throw error;
    }
  }

  #tell(text: string): void {
    this.#options.onNotice?.(text);
  }

  /** Of the file and its copy: who may not read the one, for a camera's password stands in it, may not read the other. */
  #mode(): number {
    const entry = statSync(this.file, { throwIfNoEntry: false });
    return entry === undefined ? newFileMode : entry.mode & 0o777;
  }

  #set(text: string, leaf: Leaf): string {
    // The schema does not see it, for it is dropped on the way there.
    const field = leaf.path.join('.');
    if (leaf.path.includes('__proto__')) {
      throw new ToldError(trouble('key-unknown', { field }), `${field}: there is no such key.`);
    }
    try {
      return editYaml(text, [leaf]);
    } catch (error) {
      // A value where a group would have to be, or one that others refer to.
      const why = reasonOf(error);
      throw new ToldError(
        trouble('value-not-changeable', { field, file: this.file }),
        `${field} cannot be changed in ${this.file}: ${why}`,
      );
    }
  }

  #configOf(
    text: ConfigText | undefined,
    overrides = this.#options.overrides ?? {},
    instead?: ConfigSources['instead'],
  ): CarConfig {
    const { preset, problemsOf } = this.#options;
    return configOf({
      ...(preset !== undefined && { preset }),
      ...(text !== undefined && { text }),
      overrides,
      problemsOf,
      instead,
    });
  }

  /** What is wrong with a file on its own: the command line of one run may stand in for what is wrong with it. */
  #troubleOf(text: ConfigText): string | undefined {
    try {
      this.#configOf(text, {});
      return undefined;
    } catch (error) {
      if (error instanceof UserError) return error.message;
      throw error;
    }
  }

  /** Undefined for a file that need not be there. With a kept copy, it was there once. */
  #text(): ConfigText | undefined {
    const mayBeMissing = this.#options.whenMissing === 'start-empty' && !existsSync(this.lastGoodFile);
    return mayBeMissing && !existsSync(this.file) ? undefined : readConfigText(this.file);
  }

  #lastGood(): { readonly config: CarConfig; readonly copy: ConfigFallback['copy'] } | undefined {
    const file = this.lastGoodFile;
    try {
      const config = this.#configOf(readConfigText(file));
      return { config, copy: { file, keptAt: statSync(file).mtime } };
    } catch (error) {
      if (error instanceof UserError) return undefined;
      throw error;
    }
  }

  /** The text to change: a file that cannot be used is not built upon. */
  #usableText(): ConfigText | undefined {
    for (const read of [
      () => readConfigText(this.file),
      // Never the file's own name: what is in force is no longer what stands there.
      () => this.#inForce && { ...this.#inForce, file: this.lastGoodFile },
      () => readConfigText(this.lastGoodFile),
    ]) {
      try {
        const text = read();
        if (text === undefined) continue;
        this.#configOf(text);
        return text;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }
    return undefined;
  }

  /** Before a change: no file takes the place of the one that the car did start with. */
  #isWorthKeeping(before: ConfigText): boolean {
    if (this.#troubleOf(before) !== undefined) return false;
    const kept = readIfThere(this.lastGoodFile);
    if (kept === undefined || kept === before.text) return true;
    return this.#troubleOf({ file: this.lastGoodFile, text: kept }) !== undefined;
  }

  #writeBeside(file: string, text: string, mode: number): void {
    writeFileAtomically(file, text, { steps: this.#steps, mode, ownedLike: this.file });
  }

  /** @returns why it could not be kept. */
  #keep(source: ConfigText): string | undefined {
    const { text } = source;
    const trouble = this.#troubleOf(source);
    if (trouble !== undefined) return `it is only good together with this command line; ${trouble}`;
    try {
      if (readIfThere(this.lastGoodFile) !== text) this.#writeBeside(this.lastGoodFile, text, this.#mode());
      return undefined;
    } catch (error) {
      return `${this.lastGoodFile} ${whyUnwritable(error)}`;
    }
  }
}

/** For the terminal and the log: what is wrong with the file, and what is in force in its stead. */
export function fallbackInWords({ text, copy: { file, keptAt } }: ConfigFallback): string {
  return `${text}\nUntil that is mended the last good copy is in force: ${file}, kept at ${keptAt.toISOString()}.`;
}

/** Undefined too where it may not be read: it is written anew then. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
