import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { reasonOf } from '../../daemon/platform/reason-of.ts';
import type { Architecture } from '../../scripts/packaging/check-folder.ts';
import { runProgram } from '../../scripts/packaging/commands.ts';
import { emulatorVersion } from './image.ts';
import {
  type Accelerator,
  Machine,
  type MachineEnd,
  MachineError,
  type MachineParts,
  machineArguments,
} from './machine.ts';
import { emptyDisk, type ReleaseDisk } from './payload.ts';
import { type Snapshot, SnapshotStore } from './snapshots.ts';

/** What a run is made of. */
export interface Plan {
  readonly architecture: Architecture;
  readonly imageFolder: string;
  /** Undefined where no suite wants the car installed. */
  readonly release: ReleaseDisk | undefined;
  readonly payloadDisk: string;
  readonly resultsFolder: string;
  /** For scratch files. */
  readonly work: string;
  /** Boots, whatever there is to go on from, and keeps nothing. */
  readonly fresh: boolean;
  readonly limitMs: number;
  print(text: string): void;
  onConsole(text: string): void;
}

/** For each image. One of a booted guest takes about 0.15 GB, one with the car installed 1 GB. */
const snapshotLimits = { count: 4, bytes: 3e9 } as const;
/** By the host's clock; emulated, each is a minute or two beside other work. They only end what hangs, as it may under KVM. */
const patienceMs = {
  kvm: { boot: 180_000, answer: 30_000, install: 300_000 },
  tcg: { boot: 1_800_000, answer: 300_000, install: 2_700_000 },
} as const;
/** The first one may be stale in a way that its key does not tell. */
const mostTries = 2;

/** The snapshot of this key cannot be made or gone on from. */
class SnapshotError extends Error {
  readonly key: string;

  constructor(key: string, cause: unknown) {
    super(reasonOf(cause), { cause });
    this.key = key;
  }
}

/** Runs the suites on one machine, from a snapshot where that is possible. `accelerator` is tried as it is. */
export class Session {
  readonly #plan: Plan;
  readonly #accelerator: Accelerator;
  readonly #store: SnapshotStore;
  #sockets = 0;

  constructor(plan: Plan, accelerator: Accelerator) {
    this.#plan = plan;
    this.#accelerator = accelerator;
    this.#store = new SnapshotStore(join(plan.imageFolder, 'snapshots'), snapshotLimits);
  }

  async run(): Promise<MachineEnd> {
    const { fresh, print } = this.#plan;
    try {
      for (let tries = 0; !fresh && tries < mostTries; tries++) {
        try {
          return await this.#runFromSnapshot();
        } catch (error) {
          if (!(error instanceof SnapshotError)) throw error;
          print(`SNAPSHOT FAILED: ${error.key} is deleted: ${error.message}`);
          this.#store.remove(error.key);
        }
      }
      if (!fresh) print('SNAPSHOT FAILED: it boots instead');
      return await this.#runFromBoot();
    } catch (error) {
      if (!(error instanceof MachineError)) throw error;
      return { kind: 'failed', text: error.message };
    }
  }

  async #runFromBoot(): Promise<MachineEnd> {
    const machine = this.#start({ system: { file: this.#image, format: 'raw', isKept: false } });
    try {
      await machine.heard(/: booted/, this.#patience.boot);
      if (this.#plan.release !== undefined) await this.#install(machine);
      await this.#beginRun(machine);
      return await this.#untilEnd(machine);
    } finally {
      machine.end();
    }
  }

  async #runFromSnapshot(): Promise<MachineEnd> {
    const { release, print } = this.#plan;
    const booted = await this.#booted();
    const snapshot = release === undefined ? booted : await this.#installed(booted, release);
    const startedAtMs = performance.now();
    const machine = this.#start({ snapshot });
    try {
      await this.#guarded(snapshot.key, async () => {
        await machine.resume();
        await this.#beginRun(machine);
      });
      print(`snapshot ${snapshot.key} went on after ${secondsSince(startedAtMs)} s`);
      return await this.#untilEnd(machine);
    } finally {
      machine.end();
    }
  }

  /** A guest that has booted and waits for work. */
  async #booted(): Promise<Snapshot> {
    const key = this.#key('booted', '');
    const found = this.#store.find(key);
    if (found !== undefined) return found;
    return this.#make(key, ['raw', this.#image], {}, async (machine) => {
      await machine.heard(/: booted/, this.#patience.boot);
    });
  }

  /** One that has the car installed, too. */
  async #installed(booted: Snapshot, release: ReleaseDisk): Promise<Snapshot> {
    const key = this.#key('installed', release.sha256);
    const found = this.#store.find(key);
    if (found !== undefined) return found;
    return this.#make(key, ['qcow2', booted.disk], { memory: booted.memory }, async (machine) => {
      await this.#guarded(booted.key, () => machine.resume());
      await this.#install(machine);
    });
  }

  async #make(
    key: string,
    [format, below]: readonly ['raw' | 'qcow2', string],
    from: { readonly memory?: string },
    prepare: (machine: Machine) => Promise<void>,
  ): Promise<Snapshot> {
    const { print } = this.#plan;
    const startedAtMs = performance.now();
    const made = await this.#store.make(key, async ({ disk, memory }) => {
      runProgram('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', below, '-F', format, disk]);
      const machine = this.#start({ system: { file: disk, format: 'qcow2', isKept: true }, ...from });
      try {
        await prepare(machine);
        await this.#guarded(key, () => machine.save(memory));
      } finally {
        machine.end();
        await machine.ended;
      }
    });
    print(`snapshot ${key} made in ${secondsSince(startedAtMs)} s`);
    return made;
  }

  #start(from: {
    readonly system?: MachineParts['system'];
    readonly memory?: string;
    readonly snapshot?: Snapshot;
  }): Machine {
    const { snapshot } = from;
    const system = from.system ?? { file: snapshot!.disk, format: 'qcow2' as const, isKept: false };
    const memory = from.memory ?? snapshot?.memory;
    return new Machine({ ...this.#parts(system), memory }, this.#plan.onConsole);
  }

  #parts(system: MachineParts['system']): Omit<MachineParts, 'memory'> {
    const { architecture, imageFolder, release, payloadDisk, resultsFolder, work } = this.#plan;
    this.#sockets += 1;
    return {
      architecture,
      accelerator: this.#accelerator,
      imageFolder,
      system,
      releaseDisk: release?.file ?? emptyDisk(join(work, 'no-release.img')),
      payloadDisk,
      resultsFolder,
      controlSocket: join(work, `control-${this.#sockets}`),
    };
  }

  /** Everything that decides how a machine is that was saved. */
  #key(stage: string, contents: string): string {
    const { architecture, imageFolder } = this.#plan;
    const args = machineArguments({
      architecture,
      accelerator: this.#accelerator,
      imageFolder,
      system: { file: 'system', format: 'qcow2', isKept: true },
      releaseDisk: 'release',
      payloadDisk: 'payload',
      resultsFolder: 'results',
      controlSocket: 'control',
    });
    const made = JSON.stringify([stage, imageFolder, emulatorVersion(architecture), args, contents]);
    return `${stage}-${createHash('sha256').update(made).digest('hex').slice(0, 16)}`;
  }

  get #image(): string {
    return join(this.#plan.imageFolder, 'disk.img');
  }
  get #patience() {
    return patienceMs[this.#accelerator];
  }

  async #install(machine: Machine): Promise<void> {
    machine.tell('install');
    const [, code] = await machine.heard(/: installation ended with (\d+)/, this.#patience.install);
    if (code !== '0') throw new MachineError(`install.sh failed in the guest (${code}); its words are above`);
  }

  async #beginRun(machine: Machine): Promise<void> {
    machine.tell('run');
    await machine.heard(/: the run begins/, this.#patience.answer);
  }

  async #untilEnd(machine: Machine): Promise<MachineEnd> {
    const late = setTimeout(() => machine.end(), this.#plan.limitMs);
    try {
      return await machine.ended;
    } finally {
      clearTimeout(late);
    }
  }

  /** Trouble with a machine, in what has to do with a snapshot alone. */
  async #guarded(key: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw error instanceof MachineError ? new SnapshotError(key, error) : error;
    }
  }
}

function secondsSince(startedAtMs: number): string {
  return ((performance.now() - startedAtMs) / 1000).toFixed(1);
}
