import { all, disarmed, drives, type FaultCase, never, story, told } from '../story.ts';

/** The board's register with the throttle's OFF count, low byte. */
const throttleOffLow = 0x08;

export const actuatorCases: readonly FaultCase[] = [
  story({
    id: 'F51',
    fault: 'one transfer is refused',
    expected: 'tried again, counted, drives on',
    mode: 'manual',
    harm(car) {
      car.faults.refusals = 1;
    },
    watchMs: 1000,
    holds: all(drives, never('actuation-fault')),
  }),
  story({
    id: 'F52',
    fault: 'every transfer is refused for 100 ms',
    expected: 'disarmed, told within 200 ms; neutral once it answers',
    boundMs: 200,
    mode: 'manual',
    async harm(car) {
      car.faults.bus = 'refuses';
      await car.run(100);
      car.faults.bus = 'answers';
      await car.run(100);
      if (!disarmed(car, 0)) throw new Error(`the car is ${car.mode} 200 ms after its board refused`);
    },
    watchMs: 3000,
    holds: all(disarmed, told('actuation-fault', 'actuation-back')),
  }),
  story({
    id: 'F53',
    fault: 'SDA is held low for 500 ms: no transfer ends by itself',
    expected: 'given up after 20 ms each; disarmed; neutral once it answers',
    boundMs: 600,
    mode: 'manual',
    async harm(car) {
      car.faults.bus = 'silent';
      await car.run(500);
      if (car.mode !== 'disarmed') throw new Error(`the car is ${car.mode} without its board`);
      car.faults.bus = 'answers';
      return `${car.longestTransferMs} ms the longest transfer`;
    },
    watchMs: 3000,
    holds: all(disarmed, told('actuation-fault'), (car) => car.longestTransferMs <= 20),
  }),
  ...(['refuses', 'silent'] as const).map((bus) =>
    story({
      id: bus === 'refuses' ? 'F52b' : 'F53b',
      fault: `OE is wired, and the bus ${bus === 'refuses' ? 'refuses' : 'is silent'} for ever`,
      expected: 'no pulses any more, by OE; disarmed, told',
      boundMs: bus === 'refuses' ? 200 : 350,
      mode: 'manual',
      car: { outputEnable: 'fitted' },
      harm(car) {
        car.faults.bus = bus;
      },
      watchMs: 3000,
      holds: all(disarmed, told('actuation-fault')),
    }),
  ),
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
    holds: all(disarmed, told('actuation-fault', 'actuation-back')),
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
    holds: all(disarmed, told('actuation-fault')),
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
    holds: all(disarmed, told('actuation-fault')),
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
    holds: all(disarmed, told('battery-empty')),
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
      disarmed(car, sinceMs) &&
      told('hot', 'too-hot')(car, sinceMs) &&
      !car.request({ kind: 'arm', mode: 'manual', armedBy: 'remote' }).accepted,
  }),
];
