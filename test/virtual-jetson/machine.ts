import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { reasonOf } from '../../daemon/platform/reason-of.ts';
import type { Architecture } from '../../scripts/packaging/check-folder.ts';
import { MachineControl } from './machine-control.ts';

export type Accelerator = 'kvm' | 'tcg';

export interface MachineParts {
  readonly architecture: Architecture;
  readonly accelerator: Accelerator;
  readonly imageFolder: string;
  /** `isKept`: what the guest writes stays in the file. Otherwise it goes to a scratch file, and is gone with the machine. */
  readonly system: { readonly file: string; readonly format: 'raw' | 'qcow2'; readonly isKept: boolean };
  readonly releaseDisk: string;
  readonly payloadDisk: string;
  /** Shared with the guest, which writes what it found there. */
  readonly resultsFolder: string;
  /** A path for QEMU's control socket. */
  readonly controlSocket: string;
  /** Of a machine that was saved: it goes on from there instead of booting. */
  readonly memory: string | undefined;
}

export type MachineEnd =
  | { readonly kind: 'off' }
  /** It was ended after its time. */
  | { readonly kind: 'late' }
  | { readonly kind: 'failed'; readonly text: string };

/** The machine did not do what machines do: QEMU ended, or the guest keeps silent. */
export class MachineError extends Error {}

const memoryMb = 2048;
/**
 * Emulated, the guest's clock counts instructions, one a nanosecond: what the guest measures is that of a processor with one core
 * of a thousand million instructions a second, however slow or busy the host. Such a host only takes longer.
 */
const counted = ['-smp', '1', '-icount', 'shift=0,sleep=on'];
const machines = {
  x64: { program: 'qemu-system-x86_64', machine: 'q35', console: 'ttyS0', processor: 'max' },
  // The core of the Nano.
  arm64: { program: 'qemu-system-aarch64', machine: 'virt', console: 'ttyAMA0', processor: 'cortex-a57' },
} as const;
const controlPatienceMs = 60_000;
const stepMs = 50;

export function machineProgram(architecture: Architecture): string {
  return machines[architecture].program;
}

/** How QEMU is called, but for what it goes on from. */
export function machineArguments(parts: Omit<MachineParts, 'memory'>): string[] {
  const { machine, console, processor } = machines[parts.architecture];
  const { file, format, isKept } = parts.system;
  const accelerated =
    parts.accelerator === 'kvm'
      ? ['-accel', 'kvm', '-cpu', 'host', '-smp', '2']
      : ['-accel', 'tcg', '-cpu', processor, ...counted];
  const disk = (id: string, options: string) => [
    ...['-drive', `if=none,id=${id},${options}`],
    ...['-device', `virtio-blk-pci,drive=${id}`],
  ];
  return [
    ...['-machine', machine, '-m', String(memoryMb), '-nographic', '-nodefaults', '-no-reboot'],
    ...accelerated,
    ...['-kernel', join(parts.imageFolder, 'kernel'), '-initrd', join(parts.imageFolder, 'initrd.gz')],
    ...['-append', `console=${console} panic=-1 quiet systemd.show_status=0`],
    ...disk('system', `file=${file},format=${format},snapshot=${isKept ? 'off' : 'on'}`),
    ...disk('release', `file=${parts.releaseDisk},format=raw,readonly=on`),
    ...disk('payload', `file=${parts.payloadDisk},format=raw,readonly=on`),
    ...['-fsdev', `local,id=results,path=${parts.resultsFolder},security_model=none`],
    ...['-device', 'virtio-9p-pci,fsdev=results,mount_tag=results'],
    ...['-device', 'virtio-rng-pci', '-serial', 'stdio', '-qmp', `unix:${parts.controlSocket},server=on,wait=off`],
  ];
}

/** What stands for a path in a shell's words. */
const quoted = (path: string) => `'${path.replaceAll("'", "'\\''")}'`;
const statusSchema = z.looseObject({ status: z.string() });
const migrationSchema = z.looseObject({
  status: z.string().optional(),
  'error-desc': z.string().optional(),
});

/** A guest that boots, or goes on from where it was saved. Its only work is to do what it is told by lines on its console. */
export class Machine {
  readonly ended: Promise<MachineEnd>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #parts: MachineParts;
  #end: MachineEnd | undefined;
  #said = '';
  #listener: (() => void) | undefined;

  /** `accelerator` is tried as it is: a /dev/kvm that is there may still not run a kernel. */
  constructor(parts: MachineParts, onConsole: (text: string) => void) {
    this.#parts = parts;
    const incoming = parts.memory === undefined ? [] : ['-incoming', `exec:cat ${quoted(parts.memory)}`];
    const args = [...machineArguments(parts), ...incoming];
    this.#child = spawn(machineProgram(parts.architecture), args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const kill = () => this.#child.kill('SIGKILL');
    process.once('exit', kill);
    let errors = '';
    this.#child.stdin.on('error', () => {});
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
      onConsole(text);
      this.#listener?.();
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
      if (text.includes('KVM internal error')) this.end({ kind: 'failed', text });
    });
    this.ended = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        this.#end ??= { kind: 'failed', text: error.message };
      });
      this.#child.on('close', (code) => {
        process.off('exit', kill);
        this.#end ??= code === 0 ? { kind: 'off' } : { kind: 'failed', text: errors.trim() };
        resolve(this.#end);
        this.#listener?.();
      });
    });
  }

  /** The host's clock and a word; what words there are stands in the guest's virtual-jetson-work. */
  tell(word: 'install' | 'run'): void {
    this.#child.stdin.write(`${Math.floor(Date.now() / 1000)} ${word}\n`);
  }

  /**
   * Waits for words on the console, of those that were not waited for yet.
   * @throws MachineError when the machine ends or has not said them in time.
   */
  heard(words: RegExp, patienceMs: number): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(late);
        this.#listener = undefined;
      };
      const late = setTimeout(() => {
        done();
        reject(new MachineError(`the guest has not said ${words.source} within ${patienceMs / 1000} s`));
      }, patienceMs);
      const look = () => {
        const found = words.exec(this.#said);
        if (found !== null) {
          this.#said = this.#said.slice(found.index + found[0].length);
          done();
          resolve(found);
        } else if (this.#end !== undefined) {
          done();
          const why = this.#end.kind === 'failed' ? this.#end.text : 'it turned itself off';
          reject(new MachineError(`the machine ended before it said ${words.source}: ${why}`));
        }
      };
      this.#listener = look;
      look();
    });
  }

  /** Goes on from where it was saved. @throws MachineError */
  async resume(): Promise<void> {
    await this.#controlled(async (control) => {
      const isRead = async () => statusSchema.parse(await control.ask('query-status')).status !== 'inmigrate';
      while (!(await isRead())) await sleep(stepMs);
      await control.ask('cont');
    });
  }

  /** Writes the guest's memory and devices to a file; its disk is where it was written to. It does not go on. @throws MachineError */
  async save(memory: string): Promise<void> {
    await this.#controlled(async (control) => {
      await control.ask('stop');
      await control.ask('migrate-set-parameters', { 'max-bandwidth': 10_000_000_000 });
      await control.ask('migrate', { uri: `exec:cat >${quoted(memory)}` });
      for (;;) {
        const { status, ...rest } = migrationSchema.parse(await control.ask('query-migrate'));
        if (status === 'completed') break;
        if (status === 'failed' || status === 'cancelled') throw new Error(rest['error-desc'] ?? 'no reason given');
        await sleep(stepMs);
      }
      await control.ask('quit');
    });
    await this.ended;
  }

  end(how: MachineEnd = { kind: 'late' }): void {
    this.#end ??= how;
    this.#child.kill('SIGKILL');
  }

  async #controlled(work: (control: MachineControl) => Promise<void>): Promise<void> {
    let control: MachineControl | undefined;
    try {
      control = await MachineControl.open(this.#parts.controlSocket, controlPatienceMs);
      await work(control);
    } catch (error) {
      const why = this.#end?.kind === 'failed' ? this.#end.text : reasonOf(error);
      throw new MachineError(`the machine cannot be saved or go on: ${why}`, { cause: error });
    } finally {
      control?.close();
    }
  }
}
