import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { rates } from '../protocol/rates.ts';
import { Board, type BoardEnd, type BoardFault } from './board.ts';
import { type I2cBus, I2cError } from './bus/i2c-bus.ts';
import { countOfValue, throttleRange, timingOfPrescale } from './pulses.ts';
import { InMemoryBus, Pca9685Memory } from './testing/in-memory-bus.ts';
import { carOnDesk } from './testing/sample-config.ts';
import { SteppedTime } from './testing/stepped-time.ts';

const neutral = 307;
const centre = 311;
const armingNeutralMs = 300;

let time: SteppedTime;
let bus: InMemoryBus;
let memory: Pca9685Memory;
let faults: (BoardFault | undefined)[];
let board: Board;

beforeEach(() => {
  time = new SteppedTime();
  bus = new InMemoryBus();
  memory = new Pca9685Memory();
  bus.devices.set(0x40, memory);
  faults = [];
  board = boardOn(async () => bus);
});

function boardOn(openBus: () => Promise<I2cBus>, config = carOnDesk): Board {
  return new Board(config, { openBus, nowMs: time.nowMs, wait: time.wait, onFault: (fault) => faults.push(fault) });
}

/** Ticks as the process does; throttle is neutral while there is a fault, as the gate has it. */
async function run(milliseconds: number, output = { steering: 0, throttle: 0 }): Promise<void> {
  await time.advance(milliseconds, (nowMs) => {
    if (nowMs % rates.actuationPeriodMs !== 0) return;
    board.set(board.fault === undefined ? output : { ...output, throttle: 0 });
    board.tick();
  });
}

async function start(): Promise<void> {
  await run(armingNeutralMs + 50);
  expect(board.fault).toBeUndefined();
  bus.writes.length = 0;
  faults.length = 0;
}

function pulses(): (number | undefined)[] {
  return [memory.pulseCount(carOnDesk.throttle.channel), memory.pulseCount(carOnDesk.steering.channel)];
}

it('brings a chip whose period was changed to neutral in the period that it makes', async () => {
  await start();
  memory.registers[0xfe] = 60;
  await run(300);
  const inItsPeriod = countOfValue(0, throttleRange(carOnDesk.throttle), timingOfPrescale(60));
  expect(inItsPeriod).toBeGreaterThan(neutral);
  expect(faults[0]).toMatchObject({ cause: 'register-divergence' });
  const first = bus.writes.findIndex(({ register, bytes }) => register === 0x06 && bytes.length === 4);
  expect(bus.writes[first]!.bytes).toEqual([0, 0, inItsPeriod & 0xff, inItsPeriod >> 8]);
  await run(armingNeutralMs + 50);
  expect(memory.registers[0xfe]).toBe(121);
  expect(board.fault).toBeUndefined();
});

describe('the start', () => {
  it('holds neutral as long as the speed controller wants it, whatever is asked for, then is ready', async () => {
    const startedAtMs = time.nowMs();
    let driveAtMs = 0;
    bus.onWrite = () => {
      const count = memory.pulseCount(0);
      if (driveAtMs === 0 && count !== undefined && count !== neutral) driveAtMs = time.nowMs();
    };
    await time.advance(500, () => {
      board.set({ steering: 0, throttle: 1 });
      board.tick();
    });
    expect(driveAtMs - startedAtMs).toBeGreaterThanOrEqual(armingNeutralMs);
    expect(driveAtMs - startedAtMs).toBeLessThan(armingNeutralMs + 50);
    expect(faults).toEqual([
      { cause: 'starting', text: 'neutral is held until the speed controller has armed' },
      undefined,
    ]);
  });

  it('holds neutral for a second where the configuration does not say', async () => {
    const { armingNeutralMs: _, ...throttle } = carOnDesk.throttle;
    board = boardOn(async () => bus, { ...carOnDesk, throttle });
    await run(990);
    expect(board.fault?.cause).toBe('starting');
    await run(50);
    expect(board.fault).toBeUndefined();
  });

  it('says why the bus cannot be opened, and tries again', async () => {
    let attempts = 0;
    board = boardOn(async () => {
      attempts += 1;
      if (attempts < 4) throw new I2cError('EACCES', 'no permission to use /dev/i2c-1');
      return bus;
    });
    await run(300);
    expect(attempts).toBe(2);
    expect(board.fault).toEqual({ cause: 'EACCES', text: 'no permission to use /dev/i2c-1' });
    expect(faults).toHaveLength(1);
    await run(1000);
    expect(board.fault).toBeUndefined();
  });

  it('says that no board answers, and begins when one does', async () => {
    bus.devices.delete(0x40);
    await run(100);
    expect(board.fault?.cause).toBe('ENXIO');
    expect(faults).toHaveLength(1);
    expect(board.busErrors).toBeGreaterThan(5);
    bus.devices.set(0x40, memory);
    await run(100 + armingNeutralMs);
    expect(board.fault).toBeUndefined();
    expect(pulses()).toEqual([neutral, centre]);
  });
});

describe('driving', () => {
  beforeEach(start);

  it('writes before set returns', () => {
    board.set({ steering: 1, throttle: 1 });
    expect(bus.writes).toHaveLength(1);
    expect(pulses()).toEqual([409, 226]);
    expect(board.pulsesUs.throttle).toBeCloseTo(1995.92, 2);
    expect(board.pulsesUs.steering).toBeCloseTo(1102.88, 2);
  });

  it('writes on change, and once in 100 ms without one', async () => {
    await run(1000, { steering: 0.1, throttle: 0.1 });
    expect(bus.writes.length).toBeGreaterThanOrEqual(10);
    expect(bus.writes.length).toBeLessThanOrEqual(12);
  });

  it('sends the newest of what came while a transfer was under way', async () => {
    let release = () => {};
    let held = Promise.resolve();
    const slow: I2cBus = {
      writeRegisters: async (...write) => {
        await held;
        await bus.writeRegisters(...write);
      },
      readRegisters: (...read) => bus.readRegisters(...read),
      close: () => bus.close(),
    };
    board = boardOn(async () => slow);
    await run(armingNeutralMs + 100);
    bus.writes.length = 0;
    held = new Promise((resolve) => {
      release = resolve;
    });
    for (const throttle of [0.1, 0.5, 1, 0]) board.set({ steering: 0, throttle });
    release();
    await time.advance(1);
    expect(bus.writes.map(({ bytes }) => bytes[2]! | (bytes[3]! << 8))).toEqual([318, neutral]);
  });

  it('tries again at once after one refusal, and counts it', () => {
    const errorsBefore = board.busErrors;
    bus.refusal = 'EREMOTEIO';
    bus.refusals = 1;
    board.set({ steering: 0, throttle: 1 });
    return time.advance(1).then(() => {
      expect(pulses()[0]).toBe(409);
      expect(board.busErrors).toBe(errorsBefore + 1);
      expect(faults).toEqual([]);
    });
  });
});

describe('a bus that refuses', () => {
  beforeEach(start);

  it('for less than 50 ms is borne', async () => {
    await run(100, { steering: 0, throttle: 1 });
    bus.refusal = 'ENXIO';
    await run(40, { steering: 0, throttle: 0.5 });
    bus.refusal = undefined;
    await run(20, { steering: 0, throttle: 0.5 });
    expect(faults).toEqual([]);
    expect(pulses()[0]).toBe(359);
  });

  it('for longer is a fault; neutral is tried on every tick, and the board is set up anew when it answers', async () => {
    await run(100, { steering: 0, throttle: 1 });
    bus.refusal = 'ENXIO';
    await run(150, { steering: 0, throttle: 0.5 });
    expect(faults).toEqual([{ cause: 'ENXIO', text: 'the transfer ended with ENXIO' }]);
    const errors = board.busErrors;
    await run(200, { steering: 0, throttle: 0.5 });
    expect(board.busErrors - errors).toBeGreaterThanOrEqual(19);
    expect(faults).toHaveLength(1);
    bus.writes.length = 0;
    bus.refusal = undefined;
    await run(10, { steering: 0, throttle: 1 });
    expect(pulses()[0]).toBe(neutral);
    await run(39, { steering: 0, throttle: 1 });
    expect(bus.writes.map(({ register }) => register)).toEqual([0x06]);
    await run(10 + armingNeutralMs - 10, { steering: 0, throttle: 1 });
    expect(bus.writes.slice(1, 6).map(({ register }) => register)).toEqual([0xfd, 0x00, 0xfe, 0x01, 0x00]);
    expect(pulses()[0]).toBe(neutral);
    expect(board.fault?.cause).toBe('starting');
    await run(50);
    expect(faults.at(-1)).toBeUndefined();
    expect(board.fault).toBeUndefined();
  });

  it('by silence is borne a little longer, for nothing would reach it anyway', async () => {
    bus.refusal = 'ETIMEDOUT';
    await run(240, { steering: 0, throttle: 0.5 });
    expect(faults).toEqual([]);
    await run(40, { steering: 0, throttle: 0.5 });
    expect(faults.map((fault) => fault?.cause)).toEqual(['ETIMEDOUT']);
  });

  it('only when read is a fault too: nobody knows what the board holds', async () => {
    bus.refusal = 'EIO';
    bus.refused = 'reads';
    await run(600);
    expect(faults[0]?.cause).toBe('EIO');
    await run(1000);
    expect(board.fault).toBeDefined();
    bus.refusal = undefined;
    await run(1000);
    expect(board.fault).toBeUndefined();
  });
});

describe('registers that do not hold what was written', () => {
  beforeEach(start);

  it.each([
    ['throttle pulse', 0x08, 0x99, 'LED0'],
    ['steering pulse', 0x0c, 0x01, 'LED1'],
    ['frequency', 0xfe, 0x1e, 'PRE_SCALE'],
    ['mode', 0x00, 0x21, 'MODE1'],
  ])('are found within 200 ms: %s', async (_, register, value, name) => {
    for (const phaseMs of [0, 30, 60, 90]) {
      faults.length = 0;
      await run(phaseMs, { steering: 0.3, throttle: 0.3 });
      memory.registers[register] = value;
      const changedAtMs = time.nowMs();
      let cutAtMs = 0;
      await time.advance(200, (nowMs) => {
        if (nowMs % rates.actuationPeriodMs === 0) board.tick();
        if (cutAtMs === 0 && faults.length > 0) cutAtMs = nowMs;
      });
      expect(faults[0]).toMatchObject({ cause: 'register-divergence' });
      expect(faults[0]?.text).toContain(`the motor board lost its settings: ${name} is`);
      expect(cutAtMs - changedAtMs).toBeLessThanOrEqual(200);
      await run(armingNeutralMs + 100);
      expect(board.fault).toBeUndefined();
    }
  });

  it('after a loss of power are set up anew', async () => {
    await run(100, { steering: 0.3, throttle: 0.3 });
    memory.powerOn();
    await run(200, { steering: 0.3, throttle: 0.3 });
    expect(faults[0]?.cause).toBe('register-divergence');
    expect(pulses()[0]).toBe(neutral);
    await run(armingNeutralMs + 100);
    expect(board.fault).toBeUndefined();
    expect(memory.registers[0xfe]).toBe(121);
  });
});

describe('the end', () => {
  it('is neutral for two periods, then no pulses on the two channels, then a closed bus', async () => {
    await start();
    memory.registers[0x06 + 4 * 5 + 3] = 0x01;
    await run(100, { steering: 0.5, throttle: 1 });
    const seen: [number, (number | undefined)[]][] = [];
    bus.onWrite = () => seen.push([time.nowMs(), pulses()]);
    let ended: BoardEnd | undefined;
    const beganAtMs = time.nowMs();
    void board.end().then((end) => {
      ended = end;
    });
    board.set({ steering: 0, throttle: 1 });
    await time.advance(100, () => board.tick());
    expect(ended).toBe('neutral');
    const steering = seen[0]?.[1][1];
    expect(seen.map(([, pulses]) => pulses)).toEqual([
      [neutral, steering],
      [undefined, steering],
      [undefined, undefined],
    ]);
    expect(seen[0]?.[0]).toBe(beganAtMs);
    expect((seen[1]?.[0] ?? 0) - beganAtMs).toBeGreaterThanOrEqual(40);
    expect(memory.pulseCount(5)).toBeDefined();
    expect(bus.closed).toBe(true);
  });

  it('tries again on a bus that refuses, for two seconds', async () => {
    await start();
    await run(100, { steering: 0.5, throttle: 1 });
    bus.refusal = 'EIO';
    let ended: BoardEnd | undefined;
    void board.end().then((end) => {
      ended = end;
    });
    await time.advance(500);
    bus.refusal = undefined;
    await time.advance(60);
    expect(ended).toBe('neutral');
    expect(pulses()).toEqual([undefined, undefined]);
  });

  it('gives up after that, and says so', async () => {
    await start();
    bus.refusal = 'EIO';
    let ended: BoardEnd | undefined;
    void board.end().then((end) => {
      ended = end;
    });
    await time.advance(1990);
    expect(ended).toBeUndefined();
    await time.advance(20);
    expect(ended).toBe('unconfirmed');
  });

  it('does not claim neutral of a board that was never reached', async () => {
    board = boardOn(() => Promise.reject(new I2cError('ENOENT', 'no bus')));
    await run(50);
    expect(await board.end()).toBe('never-reached');
    expect(bus.writes).toEqual([]);
  });

  it('does not claim neutral of a board whose bus is there but which never answered', async () => {
    bus.devices.delete(0x40);
    await run(50);
    let ended: BoardEnd | undefined;
    void board.end().then((end) => {
      ended = end;
    });
    await time.advance(2100);
    expect(ended).toBe('unconfirmed');
    expect(bus.closed).toBe(true);
  });

  it('waits for a bus that is just being opened, and stops what may pulse on it', async () => {
    memory.registers[0x00] = 0x20;
    memory.registers.set([0, 0, 0x90, 0x01], 0x06);
    let opened = (_: I2cBus) => {};
    board = boardOn(
      () =>
        new Promise((resolve) => {
          opened = resolve;
        }),
    );
    board.tick();
    let ended: BoardEnd | undefined;
    void board.end().then((end) => {
      ended = end;
    });
    await time.advance(50);
    expect(ended).toBeUndefined();
    opened(bus);
    await time.advance(100);
    expect(ended).toBe('neutral');
    expect(pulses()).toEqual([undefined, undefined]);
  });
});

it('never pulses outside the limits, and never drives while it is not ready, whatever is asked and whatever fails', async () => {
  const fault = fc.constantFrom<() => void>(
    () => {
      bus.refusal = 'ENXIO';
    },
    () => {
      bus.refusal = 'ETIMEDOUT';
    },
    () => memory.powerOn(),
    () => {
      memory.registers[0xfe] = 30;
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
      time = new SteppedTime();
      bus = new InMemoryBus();
      memory = new Pca9685Memory();
      bus.devices.set(0x40, memory);
      board = boardOn(async () => bus);
      const violations: string[] = [];
      bus.onWrite = ({ register }) => {
        if (register !== 0x06) return;
        const [throttle, steering] = pulses();
        // A chip whose period was changed is brought to neutral in the period that it makes.
        if (throttle === neutralIn(memory.registers[0xfe]!)) return;
        if (throttle !== undefined && throttle !== neutral) {
          driven += 1;
          if (board.fault !== undefined) violations.push(`throttle ${throttle} in spite of ${board.fault.text}`);
        }
        if (!isWithin(throttle, 205, 409)) violations.push(`throttle ${throttle}`);
        if (!isWithin(steering, 226, 389)) violations.push(`steering ${steering}`);
      };
      await run(armingNeutralMs + 20);
      for (const { fault, steering, throttle, forMs } of events) {
        bus.refusal = undefined;
        fault?.();
        await run(forMs, { steering, throttle });
      }
      expect(violations).toEqual([]);
    }),
    { numRuns: 25 },
  );
  expect(driven).toBeGreaterThan(100);
});
