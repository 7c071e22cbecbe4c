import { expect, test } from 'vitest';
import { createDriveLoop, type DriveLoop, type DriveStep } from '../daemon/planning/drive-loop.ts';
import { CampaignCar } from './campaign/campaign-car.ts';

type Call = { readonly [Method in keyof DriveLoop]: { method: Method; args: unknown[] } }[keyof DriveLoop];

/** What a drive loop was told, and what it answered: a drive that can be driven again. */
class Recorder {
  readonly calls: Call[] = [];
  readonly steps: string[] = [];

  wrap(loop: DriveLoop): DriveLoop {
    return new Proxy(loop, {
      get: (target, name: keyof DriveLoop) => {
        const method = target[name];
        if (typeof method !== 'function') return method;
        return (...args: unknown[]) => {
          // As it is now: what was handed over may change afterwards.
          this.calls.push({ method: name, args: structuredClone(args) } as Call);
          const result = (method as (...args: unknown[]) => unknown)(...args);
          if (name === 'step') this.steps.push(JSON.stringify(result as DriveStep));
          return result;
        };
      },
    });
  }
}

test('a recorded drive, driven again, gives the same commands bit by bit', { timeout: 120_000 }, async () => {
  const recorder = new Recorder();
  const car = new CampaignCar({ seed: 3, wrapLoop: (loop) => recorder.wrap(loop) });
  await car.drive('auto');
  await car.run(3000);
  car.faults.camera = 'dead';
  await car.run(2000);
  await car.drive('manual');
  await car.run(1000);

  const again = createDriveLoop({ config: car.config });
  const steps: string[] = [];
  for (const { method, args } of recorder.calls) {
    const result = (again[method] as (...args: unknown[]) => unknown)(...args);
    if (method === 'step') steps.push(JSON.stringify(result));
  }
  expect(steps).toEqual(recorder.steps);

  // It is no proof if nothing was driven, or if the comparison sees nothing.
  const throttles = steps.flatMap((step) =>
    (JSON.parse(step) as DriveStep).commands.flatMap((command) => (command.kind === 'drive' ? command.throttle : [])),
  );
  expect(throttles.filter((throttle) => throttle > 0.1).length).toBeGreaterThan(100);
  expect(new Set(throttles).size).toBeGreaterThan(50);
});
