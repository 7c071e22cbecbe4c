import { actuatorConfigProblems } from '../../daemon/actuation/config-check.ts';
import type { Safety } from '../../daemon/car/config.ts';
import { CampaignCar, centred, circling } from './campaign-car.ts';

/** One line of the campaign's table. */
export interface FaultCase {
  readonly id: string;
  readonly fault: string;
  readonly expected: string;
  /** From the onset to the end of the last pulse that drives, one PWM period included; absent where that is not the question. */
  readonly boundMs?: number;
  run(): Promise<Measured>;
}

export interface Measured {
  /** What `boundMs` bounds. */
  readonly ms?: number;
  readonly text: string;
  /** Everything else that was expected. */
  readonly holds: boolean;
}

interface Story {
  readonly id: string;
  readonly fault: string;
  readonly expected: string;
  readonly boundMs?: number;
  readonly mode: 'manual' | 'auto';
  readonly safety?: Partial<Safety>;
  /** What is done to the driving car. */
  harm(car: CampaignCar): void | Promise<void>;
  /** How long it is watched; long enough to see what must not come back. */
  watchMs: number;
  /** What else must be so at the end. */
  holds(car: CampaignCar, sinceMs: number): boolean;
}

function story(told: Story): FaultCase {
  return {
    id: told.id,
    fault: told.fault,
    expected: told.expected,
    ...(told.boundMs !== undefined && { boundMs: told.boundMs }),
    async run() {
      const car = new CampaignCar({ seed: 7, ...(told.safety !== undefined && { safety: told.safety }) });
      await car.drive(told.mode);
      const onsetMs = car.nowMs;
      await told.harm(car);
      await car.run(told.watchMs);
      const broken = car.invariants.violations;
      const seen = [...new Set(car.codesSince(onsetMs))].join(', ');
      return {
        ...(told.boundMs !== undefined && { ms: Math.round(Math.max(0, car.drivenUntilMs - onsetMs)) }),
        text: broken[0] ?? `${car.mode}${seen === '' ? '' : `: ${seen}`}`,
        holds: broken.length === 0 && told.holds(car, onsetMs),
      };
    },
  };
}

const disarmed = (car: CampaignCar): boolean => car.mode === 'disarmed' && !car.isDriven;
const told =
  (...codes: string[]) =>
  (car: CampaignCar, sinceMs: number): boolean =>
    codes.every((code) => car.codesSince(sinceMs).includes(code));
const both =
  (...checks: ((car: CampaignCar, sinceMs: number) => boolean)[]) =>
  (car: CampaignCar, sinceMs: number): boolean =>
    checks.every((check) => check(car, sinceMs));
const never =
  (...codes: string[]) =>
  (car: CampaignCar, sinceMs: number): boolean =>
    !codes.some((code) => car.codesSince(sinceMs).includes(code));
const drives = (car: CampaignCar): boolean => car.isDriven;

/** The board's register with the throttle's OFF count, low byte. */
const throttleOffLow = 0x08;

export const simulatedCases: readonly FaultCase[] = [
  // A: link and operator.
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
    holds: both(disarmed, told('driver-lost')),
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
    holds: both(disarmed, told('driver-late', 'driver-lost')),
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
    holds: both(drives, never('driver-lost', 'disarmed')),
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
    fault: '5 % of the commands lost, 50 ms of jitter, 20 s',
    expected: 'no disarming',
    mode: 'manual',
    harm(car) {
      car.faults.phoneLoss = 0.05;
      car.faults.phoneJitterMs = 50;
    },
    watchMs: 20_000,
    holds: both(drives, never('driver-lost', 'driver-late')),
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
    holds: both(drives, told('driver-late', 'driver-back'), never('driver-lost')),
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
    holds: both(disarmed, told('driver-changed')),
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
    holds(car) {
      const answer = car.request({ kind: 'arm', mode: 'manual', armedBy: 'remote' });
      return !answer.accepted && answer.obstacles.some(({ code }) => code === 'stop-latched');
    },
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
    holds: both(disarmed, told('remote-lost')),
  }),
  story({
    id: 'F16b',
    fault: 'the phone is lost in auto (policy: continue)',
    expected: 'drives on',
    mode: 'auto',
    safety: { lostPhoneInAuto: 'continue' },
    harm(car) {
      car.faults.phone = 'silent';
      car.loop.setConnectedClients(0);
    },
    watchMs: 4000,
    holds: both(drives, never('remote-lost')),
  }),

  // B: camera and perception.
  story({
    id: 'F18',
    fault: 'no new frame (dead, or stuck: the camera reader tells both)',
    expected: 'neutral, then a stop',
    boundMs: 350,
    mode: 'auto',
    harm(car) {
      car.faults.camera = 'dead';
    },
    watchMs: 3000,
    holds: both(disarmed, told('detections-lost')),
  }),
  story({
    id: 'F19',
    fault: 'the camera slows down from 20 to 6.7 frames a second',
    expected: 'a stop',
    boundMs: 1300,
    mode: 'auto',
    harm(car) {
      car.faults.everyFrame = 3;
    },
    watchMs: 4000,
    holds: both(disarmed, told('frames-rare')),
  }),
  story({
    id: 'F20a',
    fault: 'frames come 110 ms late',
    expected: 'drives slower, and says so',
    mode: 'auto',
    harm(car) {
      car.faults.extraLatencyMs = 110;
    },
    watchMs: 2000,
    holds: both(drives, told('detections-delayed'), never('detections-lost', 'unsteady')),
  }),
  story({
    id: 'F20b',
    fault: 'frames come 250 ms late',
    expected: 'neutral',
    boundMs: 350,
    mode: 'auto',
    harm(car) {
      car.faults.extraLatencyMs = 250;
    },
    watchMs: 4000,
    holds: (car) => !car.isDriven,
  }),
  story({
    id: 'F21',
    fault: 'the picture shows nothing (black, overexposed)',
    expected: 'a stop',
    boundMs: 1000,
    mode: 'auto',
    harm(car) {
      car.faults.view = 'nothing';
    },
    watchMs: 4000,
    holds: both(disarmed, told('track-lost')),
  }),
  story({
    id: 'F23',
    fault: 'a third of the frames is missing, 10 s',
    expected: 'drives on, no chatter',
    mode: 'auto',
    harm(car) {
      car.faults.frameLoss = 0.33;
    },
    watchMs: 10_000,
    holds: (car, sinceMs) => car.isDriven && car.codesSince(sinceMs).length <= 12,
  }),
  story({
    id: 'F26',
    fault: 'the detector falls behind: every third frame, 100 ms later',
    expected: 'a stop, and says so',
    boundMs: 1500,
    mode: 'auto',
    harm(car) {
      car.faults.everyFrame = 3;
      car.faults.extraLatencyMs = 100;
    },
    watchMs: 4000,
    holds: both(disarmed, (car, sinceMs) => told('frames-rare')(car, sinceMs) || told('unsteady')(car, sinceMs)),
  }),
  story({
    id: 'F27',
    fault: 'the detector reports 2000 boxes of rubbish',
    expected: 'taken for nothing seen: a stop',
    boundMs: 1000,
    mode: 'auto',
    harm(car) {
      car.faults.view = 'rubbish';
    },
    watchMs: 4000,
    holds: disarmed,
  }),
  story({
    id: 'F29',
    fault: 'the track is lost',
    expected: 'a stop, and nothing resumes when it comes back',
    boundMs: 1000,
    mode: 'auto',
    async harm(car) {
      car.faults.view = 'nothing';
      await car.run(2500);
      car.faults.view = 'true';
    },
    watchMs: 2000,
    holds: both(disarmed, told('track-lost')),
  }),
  story({
    id: 'F31',
    fault: 'what sees obstacles falls silent',
    expected: 'neutral',
    boundMs: 350,
    mode: 'auto',
    harm(car) {
      car.faults.camera = 'dead';
    },
    watchMs: 2000,
    holds: disarmed,
  }),
  story({
    id: 'F32',
    fault: 'the motor pulls and the picture stands still',
    expected: 'motor off, disarmed',
    boundMs: 2700,
    mode: 'auto',
    harm(car) {
      car.faults.view = 'frozen';
    },
    watchMs: 5000,
    holds: disarmed,
  }),

  // C: processes and host, as far as simulated time shows it.
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
  story({
    id: 'F42',
    fault: 'the daemon pauses for 100 ms, again and again, 10 s',
    expected: 'drives on',
    mode: 'manual',
    async harm(car) {
      for (let times = 0; times < 33; times++) {
        car.faults.planning = 'blocked';
        await car.run(100);
        car.faults.planning = 'runs';
        await car.run(200);
      }
    },
    watchMs: 500,
    holds: both(drives, never('driver-lost', 'actuation-fault', 'unsteady')),
  }),
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

  // D: actuator, I2C, power.
  story({
    id: 'F51',
    fault: 'one transfer is refused',
    expected: 'tried again, counted, drives on',
    mode: 'manual',
    harm(car) {
      car.faults.refusals = 1;
    },
    watchMs: 1000,
    holds: both(drives, never('actuation-fault')),
  }),
  story({
    id: 'F52',
    fault: 'every transfer is refused for 300 ms',
    expected: 'disarmed, told; neutral once it answers',
    boundMs: 400,
    mode: 'manual',
    async harm(car) {
      car.faults.bus = 'refuses';
      await car.run(300);
      if (car.mode !== 'disarmed') throw new Error(`the car is ${car.mode} without its board`);
      car.faults.bus = 'answers';
    },
    watchMs: 3000,
    holds: both(disarmed, told('actuation-fault', 'actuation-back')),
  }),
  story({
    id: 'F53',
    fault: 'SDA is held low for 1 s: no transfer ends by itself',
    expected: 'the loop lives, disarmed; neutral once it answers',
    boundMs: 1100,
    mode: 'manual',
    async harm(car) {
      car.faults.bus = 'silent';
      await car.run(1000);
      if (car.mode !== 'disarmed') throw new Error(`the car is ${car.mode} without its board`);
      car.faults.bus = 'answers';
    },
    watchMs: 3000,
    holds: both(disarmed, told('actuation-fault')),
  }),
  story({
    id: 'F54',
    fault: 'the board loses its power for a moment',
    expected: 'found, set up anew, disarmed',
    boundMs: 1000,
    mode: 'manual',
    harm(car) {
      car.world.writeBus(0x00, 0x06, []);
    },
    watchMs: 3000,
    holds: both(disarmed, told('actuation-fault', 'actuation-back')),
  }),
  story({
    id: 'F55',
    fault: "the throttle's register changes by itself",
    expected: 'found, neutral, disarmed',
    boundMs: 200,
    mode: 'manual',
    harm(car) {
      car.writeRegister(throttleOffLow, [0xff]);
    },
    watchMs: 3000,
    holds: both(disarmed, told('actuation-fault')),
  }),
  story({
    id: 'F56',
    fault: 'the chip counts with another period (MODE1 and PRE_SCALE changed)',
    expected: 'found, disarmed',
    boundMs: 1000,
    mode: 'manual',
    async harm(car) {
      // Until it is found no pulse is what it was written as.
      car.invariants.isJudging = false;
      car.writeRegister(0x00, [0x30]);
      car.writeRegister(0xfe, [0x40]);
      car.writeRegister(0x00, [0x20]);
      while (car.mode !== 'disarmed') await car.run(10);
      car.invariants.isJudging = true;
    },
    watchMs: 3000,
    holds: both(disarmed, told('actuation-fault')),
  }),
  story({
    id: 'F60',
    fault: 'the stick asks for what is no number and for ten times full throttle',
    expected: 'never beyond the limits',
    mode: 'manual',
    async harm(car) {
      car.stick = { steering: Number.NaN, throttle: 0.5 };
      await car.run(100);
      car.stick = { steering: 10, throttle: 10 };
    },
    watchMs: 1000,
    holds: () => true,
  }),
  story({
    id: 'F61',
    fault: 'full throttle and full lock, back and forth',
    expected: 'never faster than the slew allows',
    mode: 'manual',
    async harm(car) {
      for (let times = 0; times < 20; times++) {
        car.stick = { steering: times % 2 === 0 ? 1 : -1, throttle: times % 2 === 0 ? 1 : -1 };
        await car.run(150);
      }
    },
    watchMs: 100,
    holds: (car) => car.invariants.writes > 100,
  }),
  story({
    id: 'F65',
    fault: 'the battery is empty',
    expected: 'a stop, told',
    boundMs: 100,
    mode: 'auto',
    harm(car) {
      car.loop.acceptReadings({ battery: { volts: 6, level: 'critical' } });
    },
    watchMs: 3000,
    holds: both(disarmed, told('battery-empty')),
  }),
  story({
    id: 'F66',
    fault: 'the computer grows hot, then too hot',
    expected: 'slower, then a stop; not armed again',
    mode: 'auto',
    async harm(car) {
      car.loop.acceptReadings({ board: { temperatureLevel: 'warning' } });
      await car.run(1000);
      if (car.snapshot?.slowReason === undefined) throw new Error('a hot computer drives at full speed');
      car.loop.acceptReadings({ board: { temperatureLevel: 'critical' } });
    },
    watchMs: 3000,
    holds: (car, sinceMs) =>
      disarmed(car) &&
      told('hot', 'too-hot')(car, sinceMs) &&
      !car.request({ kind: 'arm', mode: 'manual', armedBy: 'remote' }).accepted,
  }),

  // E: state machine.
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
    holds(car) {
      const answer = car.request({ kind: 'arm', mode: 'manual', armedBy: 'remote' });
      return !answer.accepted && answer.obstacles.some(({ code }) => code === 'stick-not-centred');
    },
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
    holds: both(disarmed, told('idle-disarmed')),
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
    holds: (car, sinceMs) => disarmed(car) && told('unsteady')(car, sinceMs) && car.codesSince(sinceMs).length <= 12,
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
    holds: both(disarmed, told('detections-late', 'detections-back', 'detections-lost')),
  }),
  story({
    id: 'F75',
    fault: 'the time-out is doubled, the link goes dark',
    expected: 'neutral after 500 ms, not before',
    boundMs: 600,
    mode: 'manual',
    safety: { driverNeutralAfterMs: 500, driverDisarmAfterMs: 2000 },
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
