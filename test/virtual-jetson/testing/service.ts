import { execFileSync, spawnSync } from 'node:child_process';
import { type Health, healthSchema } from '../../../daemon/protocol/telemetry.ts';

export const carUnit = 'jetson-car.service';
/** Runs the neutraliser and fails as it fails. */
export const neutralUnit = 'jetson-car-neutral.service';
/** As car.yaml has it. */
export const remotePort = 8080;
/** By the guest's clock, which under KVM, and where the guest idles, goes on while a busy host lets it wait. It only ends what never comes. */
const patienceMs = 60_000;

export function systemctl(...args: string[]): void {
  execFileSync('systemctl', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Properties of a unit as systemd has them now. */
export function unitState(unit: string, ...names: string[]): Record<string, string> {
  const text = execFileSync('systemctl', ['show', unit, `--property=${names.join(',')}`], { encoding: 'utf8' });
  return Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

export function mainPid(): number {
  return Number(unitState(carUnit, 'MainPID')['MainPID']);
}

export async function health(): Promise<Health | undefined> {
  try {
    return healthSchema.parse(await (await fetch(`http://127.0.0.1:${remotePort}/healthz`)).json());
  } catch {
    return undefined;
  }
}

/** Looks again and again until it finds what it is to find. */
export async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`waited ${patienceMs} ms for ${what}\n${lastWords()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Running as another process than `before`, motor control and camera at work. */
export function untilReady(before?: number): Promise<Health> {
  return until('the service to be ready', async () => {
    const now = await health();
    return now?.ready === true && now.pids.planning !== before ? now : undefined;
  });
}

function lastWords(): string {
  return spawnSync('journalctl', ['-u', carUnit, '-n', '30', '-o', 'cat', '--no-pager'], { encoding: 'utf8' }).stdout;
}
