import { centred } from '../campaign-car.ts';
import { all, disarmed, drives, type FaultCase, never, refusesToArm, story, told } from '../story.ts';

const lossyLinkMs = { short: 20_000, whole: 30 * 60_000 } as const;

export const linkCases: readonly FaultCase[] = [
  story({
    id: 'F1',
    fault: 'the WebSocket closes with the throttle on',
    expected: 'neutral, disarmed',
    boundMs: 100,
    mode: 'manual',
    harm(car) {
      car.faults.phone = 'silent';
      car.request({ kind: 'driver-gone' });
    },
    watchMs: 3000,
    holds: all(disarmed, told('driver-lost')),
  }),
  story({
    id: 'F2',
    fault: 'the link goes dark',
    expected: 'neutral, disarmed after 1 s',
    boundMs: 300,
    mode: 'manual',
    async harm(car) {
      car.faults.phone = 'silent';
      await car.run(1100);
    },
    watchMs: 2000,
    holds: all(disarmed, told('driver-late', 'driver-lost')),
  }),
  story({
    id: 'F4',
    fault: 'the link stalls once for 230 ms',
    expected: 'at most a moment of neutral; drives on by itself',
    mode: 'manual',
    async harm(car) {
      car.faults.phone = 'stalls';
      await car.run(230);
      car.faults.phone = 'sends';
    },
    watchMs: 1000,
    holds: all(drives, never('driver-lost', 'disarmed')),
  }),
  story({
    id: 'F5',
    fault: 'a stall of 2 s, then all queued commands at once',
    expected: 'neutral, disarmed; none of them drives',
    boundMs: 300,
    mode: 'manual',
    async harm(car) {
      car.faults.phone = 'stalls';
      await car.run(2000);
      car.faults.phone = 'sends';
    },
    watchMs: 2000,
    holds: disarmed,
  }),
  story({
    id: 'F7',
    fault: '1 to 5 % of the commands lost, 50 ms of jitter, 30 min',
    expected: 'no disarming; 99 of 100 commands younger than 150 ms',
    mode: 'manual',
    async harm(car, extent) {
      car.faults.phoneJitterMs = 50;
      for (const percent of [1, 2, 3, 4, 5]) {
        car.faults.phoneLoss = percent / 100;
        await car.run(lossyLinkMs[extent] / 5);
      }
      return `99 % are younger than ${car.commandAges.percentileMs(0.99)} ms in ${lossyLinkMs[extent] / 60_000} min`;
    },
    watchMs: 100,
    holds: all(
      drives,
      never('driver-lost', 'driver-late', 'disarmed', 'unsteady'),
      (car) => car.commandAges.percentileMs(0.99) < 150,
    ),
  }),
  story({
    id: 'F8',
    fault: 'the phone roams for 500 ms',
    expected: 'neutral meanwhile, drives on, no disarming',
    mode: 'manual',
    async harm(car) {
      car.faults.phone = 'silent';
      await car.run(500);
      if (car.isDriven) throw new Error('the motor is driven while the phone is away');
      car.faults.phone = 'sends';
    },
    watchMs: 500,
    holds: all(drives, told('driver-late', 'driver-back'), never('driver-lost')),
  }),
  story({
    id: 'F9',
    fault: 'the page is hidden: one last, centred stick',
    expected: 'neutral',
    boundMs: 150,
    mode: 'manual',
    async harm(car) {
      car.stick = centred;
      await car.run(40);
      car.faults.phone = 'silent';
    },
    watchMs: 3000,
    holds: disarmed,
  }),
  story({
    id: 'F10',
    fault: 'the page goes on sending, but nobody touches it',
    expected: 'neutral, disarmed',
    boundMs: 300,
    mode: 'manual',
    harm(car) {
      car.faults.inputFrozen = true;
    },
    watchMs: 3000,
    holds: disarmed,
  }),
  story({
    id: 'F12',
    fault: 'another phone takes over in motion',
    expected: 'neutral; the new driver must arm',
    boundMs: 100,
    mode: 'manual',
    harm(car) {
      car.request({ kind: 'driver-changed' });
    },
    watchMs: 3000,
    holds: all(disarmed, told('driver-changed')),
  }),
  story({
    id: 'F14',
    fault: 'anybody presses stop',
    expected: 'neutral, latched',
    boundMs: 100,
    mode: 'auto',
    harm(car) {
      car.request({ kind: 'stop', by: 'a spectator' });
    },
    watchMs: 3000,
    holds: (car) => car.mode === 'estop' && !car.isDriven,
  }),
  story({
    id: 'F15',
    fault: 'the stop is pressed, and arming asked for',
    expected: 'refused, with that reason',
    mode: 'manual',
    harm(car) {
      car.request({ kind: 'stop' });
    },
    watchMs: 1000,
    holds: refusesToArm('manual', 'stop-latched'),
  }),
  story({
    id: 'F16a',
    fault: 'the phone is lost in auto (policy: stop)',
    expected: 'a stop after 1 s',
    boundMs: 1100,
    mode: 'auto',
    harm(car) {
      car.faults.phone = 'silent';
      car.loop.setConnectedClients(0);
    },
    watchMs: 4000,
    holds: all(disarmed, told('remote-lost')),
  }),
  story({
    id: 'F16b',
    fault: 'the phone is lost in auto (policy: continue)',
    expected: 'drives on',
    mode: 'auto',
    car: { safety: { lostPhoneInAuto: 'continue' } },
    harm(car) {
      car.faults.phone = 'silent';
      car.loop.setConnectedClients(0);
    },
    watchMs: 4000,
    holds: all(drives, never('remote-lost')),
  }),
];
