import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { rates } from '../protocol/rates.ts';
import { countOfValue, throttleRange, timingOfPrescale } from './pulses.ts';
import { armingNeutralMs, BoardBench } from './testing/board-bench.ts';
import { carOnDesk } from './testing/sample-config.ts';

const neutral = 307;

let bench: BoardBench;
beforeEach(() => {
  bench = new BoardBench();
});

describe('a bus that refuses', () => {
  beforeEach(() => bench.start());

  it('for less than 50 ms is borne', async () => {
    await bench.run(100, { steering: 0, throttle: 1 });
    bench.bus.refusal = 'ENXIO';
    await bench.run(40, { steering: 0, throttle: 0.5 });
    bench.bus.refusal = undefined;
    await bench.run(20, { steering: 0, throttle: 0.5 });
    expect(bench.faults).toEqual([]);
    expect(bench.pulses()[0]).toBe(359);
  });

  it('for longer is a fault; neutral is tried on every tick, and the board is set up anew when it answers', async () => {
    await bench.run(100, { steering: 0, throttle: 1 });
    bench.bus.refusal = 'ENXIO';
    await bench.run(150, { steering: 0, throttle: 0.5 });
    expect(bench.faults).toEqual([{ cause: 'ENXIO', text: 'the transfer ended with ENXIO' }]);
    const errors = bench.board.busErrors;
    await bench.run(200, { steering: 0, throttle: 0.5 });
    expect(bench.board.busErrors - errors).toBeGreaterThanOrEqual(19);
    expect(bench.faults).toHaveLength(1);
    bench.bus.writes.length = 0;
    bench.bus.refusal = undefined;
    await bench.run(10, { steering: 0, throttle: 1 });
    expect(bench.pulses()[0]).toBe(neutral);
    await bench.run(39, { steering: 0, throttle: 1 });
    expect(bench.bus.writes.map(({ register }) => register)).toEqual([0x06]);
    await bench.run(10 + armingNeutralMs - 10, { steering: 0, throttle: 1 });
    expect(bench.bus.writes.slice(1, 6).map(({ register }) => register)).toEqual([0xfd, 0x00, 0xfe, 0x01, 0x00]);
    expect(bench.pulses()[0]).toBe(neutral);
    expect(bench.board.fault?.cause).toBe('starting');
    await bench.run(50);
    expect(bench.faults.at(-1)).toBeUndefined();
    expect(bench.board.fault).toBeUndefined();
  });

  it('by silence is borne a little longer, for nothing would reach it anyway', async () => {
    bench.bus.refusal = 'ETIMEDOUT';
    await bench.run(240, { steering: 0, throttle: 0.5 });
    expect(bench.faults).toEqual([]);
    await bench.run(40, { steering: 0, throttle: 0.5 });
    expect(bench.faults.map((fault) => fault?.cause)).toEqual(['ETIMEDOUT']);
  });

  it('only when read is a fault too: nobody knows what the board holds', async () => {
    bench.bus.refusal = 'EIO';
    bench.bus.refused = 'reads';
    await bench.run(600);
    expect(bench.faults[0]?.cause).toBe('EIO');
    await bench.run(1000);
    expect(bench.board.fault).toBeDefined();
    bench.bus.refusal = undefined;
    await bench.run(1000);
    expect(bench.board.fault).toBeUndefined();
  });
});

describe('a bug in what is called', () => {
  it.each([
    ['that knows no code', new TypeError("Cannot read properties of undefined (reading 'channel')")],
    ['that Node has a code for', Object.assign(new RangeError('out of range'), { code: 'ERR_OUT_OF_RANGE' })],
  ])('%s is no fault of the board: it is not tried again, and ends whatever has it', async (_what, bug) => {
    await bench.start();
    const unhandled = vi.fn();
    await bench.run(100, { steering: 0, throttle: 1 });
    // In the process of motor control it is the crash that takes it.
    const usual = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', unhandled);
    try {
      const write = vi.spyOn(bench.bus, 'writeRegisters').mockRejectedValueOnce(bug);
      await bench.run(500, { steering: 0, throttle: 0.5 });
      await vi.waitFor(() => expect(unhandled).toHaveBeenCalledOnce(), 25_000);
      expect(write).toHaveBeenCalledOnce();
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const listener of usual) process.on('unhandledRejection', listener);
    }
    expect(unhandled.mock.calls[0]?.[0]).toBe(bug);
    expect([bench.faults, bench.board.busErrors]).toEqual([[], 0]);
    // What takes it ends the board, and the wheels are still to be made neutral.
    const end = bench.board.end();
    await bench.time.advance(100);
    expect(await end).toBe('neutral');
    expect(bench.pulses()).toEqual([undefined, undefined]);
  });

  it('is not what a native module says without a name, but with a number', async () => {
    await bench.start();
    const nobody = Object.assign(new Error(', Remote I/O error'), { code: '', errno: 121 });
    vi.spyOn(bench.bus, 'writeRegisters').mockRejectedValue(nobody);
    await bench.run(500, { steering: 0, throttle: 0.5 });
    expect(bench.faults.map((fault) => fault?.cause)).toEqual(['EREMOTEIO']);
  });
});

describe('registers that do not hold what was written', () => {
  beforeEach(() => bench.start());

  it.each([
    ['throttle pulse', 0x08, 0x99, 'LED0'],
    ['steering pulse', 0x0c, 0x01, 'LED1'],
    ['frequency', 0xfe, 0x1e, 'PRE_SCALE'],
    ['mode', 0x00, 0x21, 'MODE1'],
  ])('are found within 200 ms: %s', async (_, register, value, name) => {
    for (const phaseMs of [0, 30, 60, 90]) {
      bench.faults.length = 0;
      await bench.run(phaseMs, { steering: 0.3, throttle: 0.3 });
      bench.memory.registers[register] = value;
      const changedAtMs = bench.time.nowMs();
      let cutAtMs = 0;
      await bench.time.advance(200, (nowMs) => {
        if (nowMs % rates.actuationPeriodMs === 0) bench.board.tick();
        if (cutAtMs === 0 && bench.faults.length > 0) cutAtMs = nowMs;
      });
      expect(bench.faults[0]).toMatchObject({ cause: 'register-divergence' });
      expect(bench.faults[0]?.text).toContain(`the motor board lost its settings: ${name} is`);
      expect(cutAtMs - changedAtMs).toBeLessThanOrEqual(200);
      await bench.run(armingNeutralMs + 100);
      expect(bench.board.fault).toBeUndefined();
    }
  });

  it('after a loss of power are set up anew', async () => {
    await bench.run(100, { steering: 0.3, throttle: 0.3 });
    bench.memory.powerOn();
    await bench.run(200, { steering: 0.3, throttle: 0.3 });
    expect(bench.faults[0]?.cause).toBe('register-divergence');
    expect(bench.pulses()[0]).toBe(neutral);
    await bench.run(armingNeutralMs + 100);
    expect(bench.board.fault).toBeUndefined();
    expect(bench.memory.registers[0xfe]).toBe(121);
  });
});

it('brings a chip whose period was changed to neutral in the period that it makes', async () => {
  await bench.start();
  bench.memory.registers[0xfe] = 60;
  await bench.run(300);
  const inItsPeriod = countOfValue(0, throttleRange(carOnDesk.throttle), timingOfPrescale(60));
  expect(inItsPeriod).toBeGreaterThan(neutral);
  expect(bench.faults[0]).toMatchObject({ cause: 'register-divergence' });
  const first = bench.bus.writes.findIndex(({ register, bytes }) => register === 0x06 && bytes.length === 4);
  expect(bench.bus.writes[first]!.bytes).toEqual([0, 0, inItsPeriod & 0xff, inItsPeriod >> 8]);
  await bench.run(armingNeutralMs + 50);
  expect(bench.memory.registers[0xfe]).toBe(121);
  expect(bench.board.fault).toBeUndefined();
});

it('never pulses outside the limits, and never drives while it is not ready, whatever is asked and whatever fails', async () => {
  const fault = fc.constantFrom<() => void>(
    () => {
      bench.bus.refusal = 'ENXIO';
    },
    () => {
      bench.bus.refusal = 'ETIMEDOUT';
    },
    () => bench.memory.powerOn(),
    () => {
      bench.memory.registers[0xfe] = 30;
    },
  );
  const hundredths = fc.noBias(fc.integer({ min: -150, max: 150 })).map((value) => value / 100);
  const story = fc.array(
    fc.record({
      fault: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fault }),
      steering: hundredths,
      throttle: hundredths,
      forMs: fc.noBias(fc.integer({ min: 1, max: 600 })),
    }),
    { minLength: 5, maxLength: 20, size: 'max' },
  );
  const isWithin = (count: number | undefined, least: number, most: number) =>
    count === undefined || (count >= least && count <= most);
  const neutralIn = (prescale: number) =>
    countOfValue(0, throttleRange(carOnDesk.throttle), timingOfPrescale(prescale));
  let driven = 0;
  await fc.assert(
    fc.asyncProperty(story, async (events) => {
      bench = new BoardBench();
      const violations: string[] = [];
      bench.bus.onWrite = ({ register }) => {
        if (register !== 0x06) return;
        const [throttle, steering] = bench.pulses();
        // A chip whose period was changed is brought to neutral in the period that it makes.
        if (throttle === neutralIn(bench.memory.registers[0xfe]!)) return;
        if (throttle !== undefined && throttle !== neutral) {
          driven += 1;
          if (bench.board.fault !== undefined)
            violations.push(`throttle ${throttle} in spite of ${bench.board.fault.text}`);
        }
        if (!isWithin(throttle, 205, 409)) violations.push(`throttle ${throttle}`);
        if (!isWithin(steering, 226, 389)) violations.push(`steering ${steering}`);
      };
      await bench.run(armingNeutralMs + 20);
      for (const { fault, steering, throttle, forMs } of events) {
        bench.bus.refusal = undefined;
        fault?.();
        await bench.run(forMs, { steering, throttle });
      }
      expect(violations).toEqual([]);
    }),
    { numRuns: 25 },
  );
  expect(driven).toBeGreaterThan(100);
});
