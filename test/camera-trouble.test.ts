import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { processesWith } from './harness/fake-camera.ts';
import { type RunningCar, startCar } from './harness/running-car.ts';
import { elementsAreThere } from './harness/tools.ts';

/** Processes whose parent this is, with their state: R, S, T, Z, … */
function childrenOf(parent: number): { pid: number; state: string; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [state = '', ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const command = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
        return Number(ppid) === parent ? [{ pid: Number(name), state, command }] : [];
      } catch {
        // Gone in the meantime.
        return [];
      }
    });
}

describe.skipIf(!elementsAreThere(['videotestsrc', 'gdppay']))('the running car, and its camera in trouble', () => {
  let car: RunningCar | undefined;
  afterEach(async () => {
    await car?.end();
    car = undefined;
  });

  const start = async () => {
    const running = await startCar(['--camera', 'test']);
    car = running;
    const { pids } = await running.until('pictures', ({ framesPerSecond }) => framesPerSecond > 0);
    const perception = pids.perception!;
    const cameras = () => childrenOf(perception).filter(({ command }) => command.startsWith('gst-launch'));
    /** Another one than before: both are told, nothing is left of the old one, and it was not perception that ended. */
    const replaced = async (old: number, told: RegExp) => {
      await running.until('the words for it', () => told.test(running.output()));
      await running.until('an end of the old one', () => !childrenOf(perception).some(({ pid }) => pid === old));
      // On a busy machine this one may be replaced, too.
      await running.until('one in its place', () => cameras().length === 1);
      expect((await running.health()).pids.perception).toBe(perception);
    };
    const onlyCamera = async () => {
      let pid: number | undefined;
      await running.until('its camera program', () => {
        pid = cameras()[0]?.pid;
        return pid !== undefined;
      });
      return pid!;
    };
    return { running, cameras, onlyCamera, replaced };
  };

  test('killed: told, started again, seen again; and nothing is left of it when the car has ended', async () => {
    const { running, cameras, onlyCamera, replaced } = await start();
    const pid = await onlyCamera();
    process.kill(pid, 'SIGKILL');
    await replaced(pid, /"event":"camera-failed","msg":"the test picture ended \(signal SIGKILL\).*"camera-back"/s);
    const last = cameras().map((camera) => camera.pid);
    await running.end();
    car = undefined;
    expect(processesWith('videotestsrc').filter((each) => last.includes(each))).toEqual([]);
  });

  test('stopped (SIGSTOP) for good: told as stalled, and replaced, though it hears no signal but one', async () => {
    const { onlyCamera, replaced } = await start();
    const pid = await onlyCamera();
    process.kill(pid, 'SIGSTOP');
    const stalled = '"event":"camera-stalled","msg":"the test picture: no picture for \\d+ ms"';
    const failed = '"event":"camera-failed","msg":"the test picture was ended: no picture for';
    await replaced(pid, new RegExp(`${stalled}.*${failed}.*"camera-back"`, 's'));
  });
});
