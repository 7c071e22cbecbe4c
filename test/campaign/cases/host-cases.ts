import { all, disarmed, drives, type FaultCase, never, story } from '../story.ts';

const pauses = { short: 4, whole: 40 } as const;

export const hostCases: readonly FaultCase[] = [
  story({
    id: 'F34',
    fault: 'the daemon stands still for 300 ms',
    expected: 'neutral by motor control itself',
    boundMs: 250,
    mode: 'manual',
    async harm(car) {
      car.faults.planning = 'blocked';
      car.faults.phone = 'silent';
      await car.run(290);
      if (car.isDriven) throw new Error('the motor is driven without the daemon');
      car.faults.planning = 'runs';
    },
    watchMs: 500,
    holds: (car) => car.causes.includes('command-expired'),
  }),
  ...(['manual', 'auto'] as const).map((mode) =>
    story({
      id: 'F42',
      fault: `the garbage collector stops the daemon for 150 ms again and again (${mode})`,
      expected: 'drives on; 99 of 100 steps within two periods',
      mode,
      async harm(car, extent) {
        for (let times = 0; times < pauses[extent]; times++) {
          car.faults.planning = 'blocked';
          await car.run(150);
          car.faults.planning = 'runs';
          await car.run(2850);
        }
        return `99 % of the steps within ${car.loopPeriods.percentileMs(0.99)} ms`;
      },
      watchMs: 500,
      holds: all(
        drives,
        never('driver-late', 'driver-lost', 'detections-late', 'actuation-fault', 'unsteady'),
        (car) => !car.causes.includes('command-expired') && car.loopPeriods.percentileMs(0.99) < 40,
      ),
    }),
  ),
  story({
    id: 'F50',
    fault: 'the pipe to motor control loses everything',
    expected: 'neutral; the daemon sees that they disagree',
    boundMs: 250,
    mode: 'manual',
    harm(car) {
      car.faults.pipe = 'lost';
    },
    watchMs: 3000,
    holds: disarmed,
  }),
];
