import { actuatorConfigProblems } from '../../../daemon/actuation/config-check.ts';
import { CampaignCar, centred, circling } from '../campaign-car.ts';
import { all, disarmed, type FaultCase, refusesToArm, story, told } from '../story.ts';

export const modeCases: readonly FaultCase[] = [
  story({
    id: 'F70',
    fault: 'arming with the stick pushed',
    expected: 'refused',
    mode: 'manual',
    async harm(car) {
      car.request({ kind: 'disarm' });
      await car.run(2000);
      car.stick = circling;
    },
    watchMs: 200,
    holds: refusesToArm('manual', 'stick-not-centred'),
  }),
  story({
    id: 'F71',
    fault: 'armed, and nobody drives for 30 s',
    expected: 'disarmed',
    mode: 'manual',
    harm(car) {
      car.stick = centred;
    },
    watchMs: 31_000,
    holds: all(disarmed, told('idle-disarmed')),
  }),
  story({
    id: 'F73',
    fault: 'the link flaps: 280 ms dark, 150 ms bright',
    expected: 'a few tries, then a stop; no chatter',
    mode: 'manual',
    async harm(car) {
      for (let times = 0; times < 20; times++) {
        car.faults.phone = 'silent';
        await car.run(280);
        car.faults.phone = 'sends';
        await car.run(150);
      }
    },
    watchMs: 500,
    holds: (car, sinceMs) =>
      disarmed(car, sinceMs) && told('unsteady')(car, sinceMs) && car.codesSince(sinceMs).length <= 12,
  }),
  story({
    id: 'F74',
    fault: 'detections stop and come back',
    expected: '"is back" is told; what has stopped stays stopped',
    mode: 'auto',
    async harm(car) {
      car.faults.camera = 'dead';
      await car.run(350);
      car.faults.camera = 'streams';
      await car.run(1000);
      car.faults.camera = 'dead';
      await car.run(2000);
      car.faults.camera = 'streams';
    },
    watchMs: 3000,
    holds: all(disarmed, told('detections-late', 'detections-back', 'detections-lost')),
  }),
  story({
    id: 'F75',
    fault: 'the time-out is doubled, the link goes dark',
    expected: 'neutral after 500 ms, not before',
    boundMs: 600,
    mode: 'manual',
    car: { safety: { driverNeutralAfterMs: 500, driverDisarmAfterMs: 2000 } },
    async harm(car) {
      car.faults.phone = 'silent';
      await car.run(440);
      if (!car.isDriven) throw new Error('it tripped early');
    },
    watchMs: 3000,
    holds: disarmed,
  }),
  {
    id: 'F62',
    fault: 'limits that contradict each other',
    expected: 'refused by name',
    async run() {
      const { actuators } = new CampaignCar({ seed: 1 });
      const problems = actuatorConfigProblems({
        ...actuators,
        steering: { ...actuators.steering, centrePulseUs: 2400 },
      });
      return { text: problems[0]?.slice(0, 60) ?? 'accepted', holds: problems.length > 0 };
    },
  },
];
