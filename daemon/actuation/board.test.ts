import { beforeEach, describe, expect, it } from 'vitest';
import type { ActuatorConfig } from '../protocol/actuator-config.ts';
import { Board } from './board.ts';
import type { BoardEnd } from './board-types.ts';
import { type I2cBus, I2cError } from './bus/i2c-bus.ts';
import { armingNeutralMs, BoardBench } from './testing/board-bench.ts';
import { InMemoryPins } from './testing/in-memory-pins.ts';
import { carOnDesk } from './testing/sample-config.ts';

const neutral = 307;
const centre = 311;

let bench: BoardBench;
beforeEach(() => {
  bench = new BoardBench();
});

describe('the start', () => {
  it('holds neutral as long as the speed controller wants it, whatever is asked for, then is ready', async () => {
    const startedAtMs = bench.time.nowMs();
    let driveAtMs = 0;
    bench.bus.onWrite = () => {
      const count = bench.memory.pulseCount(0);
      if (driveAtMs === 0 && count !== undefined && count !== neutral) driveAtMs = bench.time.nowMs();
    };
    await bench.time.advance(500, () => {
      bench.board.set({ steering: 0, throttle: 1 });
      bench.board.tick();
    });
    expect(driveAtMs - startedAtMs).toBeGreaterThanOrEqual(armingNeutralMs);
    expect(driveAtMs - startedAtMs).toBeLessThan(armingNeutralMs + 50);
    expect(bench.faults).toEqual([
      { cause: 'starting', text: 'neutral is held until the speed controller has armed' },
      undefined,
    ]);
  });

  it('holds neutral for a second where the configuration does not say', async () => {
    const { armingNeutralMs: _, ...throttle } = carOnDesk.throttle;
    bench.build(async () => bench.bus, { ...carOnDesk, throttle });
    await bench.run(990);
    expect(bench.board.fault?.cause).toBe('starting');
    await bench.run(50);
    expect(bench.board.fault).toBeUndefined();
  });

  it('says why the bus cannot be opened, and tries again', async () => {
    let attempts = 0;
    bench.build(async () => {
      attempts += 1;
      if (attempts < 4) throw new I2cError('EACCES', 'no permission to use /dev/i2c-1');
      return bench.bus;
    });
    await bench.run(300);
    expect(attempts).toBe(2);
    expect(bench.board.fault).toEqual({ cause: 'EACCES', text: 'no permission to use /dev/i2c-1' });
    expect(bench.faults).toHaveLength(1);
    await bench.run(1000);
    expect(bench.board.fault).toBeUndefined();
  });

  it('says that no board answers, and begins when one does', async () => {
    bench.bus.devices.delete(0x40);
    await bench.run(100);
    expect(bench.board.fault?.cause).toBe('ENXIO');
    expect(bench.faults).toHaveLength(1);
    expect(bench.board.busErrors).toBeGreaterThan(5);
    bench.bus.devices.set(0x40, bench.memory);
    await bench.run(100 + armingNeutralMs);
    expect(bench.board.fault).toBeUndefined();
    expect(bench.pulses()).toEqual([neutral, centre]);
  });
});

describe('driving', () => {
  beforeEach(() => bench.start());

  it('writes before set returns', () => {
    bench.board.set({ steering: 1, throttle: 1 });
    expect(bench.bus.writes).toHaveLength(1);
    expect(bench.pulses()).toEqual([409, 226]);
    expect(bench.board.pulsesUs.throttle).toBeCloseTo(1995.92, 2);
    expect(bench.board.pulsesUs.steering).toBeCloseTo(1102.88, 2);
  });

  it('writes on change, and once in 100 ms without one', async () => {
    await bench.run(1000, { steering: 0.1, throttle: 0.1 });
    expect(bench.bus.writes.length).toBeGreaterThanOrEqual(10);
    expect(bench.bus.writes.length).toBeLessThanOrEqual(12);
  });

  it('sends the newest of what came while a transfer was under way', async () => {
    let release = () => {};
    let held = Promise.resolve();
    const slow: I2cBus = {
      writeRegisters: async (...write) => {
        await held;
        await bench.bus.writeRegisters(...write);
      },
      readRegisters: (...read) => bench.bus.readRegisters(...read),
      close: () => bench.bus.close(),
    };
    bench.build(async () => slow);
    await bench.run(armingNeutralMs + 100);
    bench.bus.writes.length = 0;
    held = new Promise((resolve) => {
      release = resolve;
    });
    for (const throttle of [0.1, 0.5, 1, 0]) bench.board.set({ steering: 0, throttle });
    release();
    await bench.time.advance(1);
    expect(bench.bus.writes.map(({ bytes }) => bytes[2]! | (bytes[3]! << 8))).toEqual([318, neutral]);
  });

  it('tries again at once after one refusal, and counts it', () => {
    const errorsBefore = bench.board.busErrors;
    bench.bus.refusal = 'EREMOTEIO';
    bench.bus.refusals = 1;
    bench.board.set({ steering: 0, throttle: 1 });
    return bench.time.advance(1).then(() => {
      expect(bench.pulses()[0]).toBe(409);
      expect(bench.board.busErrors).toBe(errorsBefore + 1);
      expect(bench.faults).toEqual([]);
    });
  });
});

describe('the end', () => {
  it('is neutral for two periods, then no pulses on the two channels, then a closed bus', async () => {
    await bench.start();
    bench.memory.registers[0x06 + 4 * 5 + 3] = 0x01;
    await bench.run(100, { steering: 0.5, throttle: 1 });
    const seen: [number, (number | undefined)[]][] = [];
    bench.bus.onWrite = () => seen.push([bench.time.nowMs(), bench.pulses()]);
    let ended: BoardEnd | undefined;
    const beganAtMs = bench.time.nowMs();
    void bench.board.end().then((end) => {
      ended = end;
    });
    bench.board.set({ steering: 0, throttle: 1 });
    await bench.time.advance(100, () => bench.board.tick());
    expect(ended).toBe('neutral');
    const steering = seen[0]?.[1][1];
    expect(seen.map(([, pulses]) => pulses)).toEqual([
      [neutral, steering],
      [undefined, steering],
      [undefined, undefined],
    ]);
    expect(seen[0]?.[0]).toBe(beganAtMs);
    expect((seen[1]?.[0] ?? 0) - beganAtMs).toBeGreaterThanOrEqual(40);
    expect(bench.memory.pulseCount(5)).toBeDefined();
    expect(bench.bus.closed).toBe(true);
  });

  it('tries again on a bus that refuses, for two seconds', async () => {
    await bench.start();
    await bench.run(100, { steering: 0.5, throttle: 1 });
    bench.bus.refusal = 'EIO';
    let ended: BoardEnd | undefined;
    void bench.board.end().then((end) => {
      ended = end;
    });
    await bench.time.advance(500);
    bench.bus.refusal = undefined;
    await bench.time.advance(60);
    expect(ended).toBe('neutral');
    expect(bench.pulses()).toEqual([undefined, undefined]);
  });

  it('gives up after that, and says so', async () => {
    await bench.start();
    bench.bus.refusal = 'EIO';
    let ended: BoardEnd | undefined;
    void bench.board.end().then((end) => {
      ended = end;
    });
    await bench.time.advance(1990);
    expect(ended).toBeUndefined();
    await bench.time.advance(20);
    expect(ended).toBe('unconfirmed');
  });

  it('stops the wheels also after a bug in its own work', async () => {
    const { nowMs, wait } = bench.time;
    const board = new Board(carOnDesk, {
      openBus: async () => bench.bus,
      nowMs,
      wait,
      onFault(fault) {
        if (fault === undefined) throw new Error('a bug');
      },
    });
    await bench.time.advance(100, () => board.tick());
    expect(bench.pulses()).toEqual([neutral, centre]);
    await bench.time.advance(armingNeutralMs);
    board.tick();
    let ended: BoardEnd | undefined;
    void board.end().then((end) => {
      ended = end;
    });
    await bench.time.advance(100);
    expect(ended).toBe('neutral');
    expect(bench.pulses()).toEqual([undefined, undefined]);
  });

  it('has stopped the wheels also where the bus cannot be closed', async () => {
    await bench.start();
    bench.bus.close = () => Promise.reject(new I2cError('EIO', 'it is gone'));
    let ended: BoardEnd | undefined;
    void bench.board.end().then((end) => {
      ended = end;
    });
    await bench.time.advance(100);
    expect(ended).toBe('neutral');
  });

  it('does not claim neutral of a board that was never reached', async () => {
    bench.build(() => Promise.reject(new I2cError('ENOENT', 'no bus')));
    await bench.run(50);
    expect(await bench.board.end()).toBe('never-reached');
    expect(bench.bus.writes).toEqual([]);
  });

  describe('with OE wired', () => {
    const wired: ActuatorConfig = { ...carOnDesk, outputEnable: { pin: 'J41 pin 7' } };
    const pins = new InMemoryPins();
    beforeEach(() => {
      pins.refusal = undefined;
      pins.put('J41 pin 7', 'low');
    });
    const openPins = async () => pins;

    it('raises it on a bus that was never reached: a predecessor may have left it low', async () => {
      bench.build(() => Promise.reject(new I2cError('ENOENT', 'no bus')), wired, openPins);
      await bench.run(50);
      expect(await bench.board.end()).toBe('never-reached');
      expect(pins.wire('J41 pin 7')).toBe('high');
      bench.faults.length = 0;
      pins.refusal = 'EIO';
      expect(await bench.board.end()).toBe('never-reached');
      expect(bench.faults).toMatchObject([{ cause: 'EIO', trouble: { code: 'output-enable-refused' } }]);
    });

    it('raises it on a bus that was opened last of all, before anything had taken the pin', async () => {
      let opened = (_: I2cBus) => {};
      const opening = new Promise<I2cBus>((resolve) => {
        opened = resolve;
      });
      bench.bus.refusal = 'ENXIO';
      bench.build(() => opening, wired, openPins);
      bench.board.tick();
      const end = bench.board.end();
      opened(bench.bus);
      await bench.time.advance(2500);
      expect(await end).toBe('unconfirmed');
      expect(pins.wire('J41 pin 7')).toBe('high');
    });
  });

  it('does not claim neutral of a board whose bus is there but which never answered', async () => {
    bench.bus.devices.delete(0x40);
    await bench.run(50);
    let ended: BoardEnd | undefined;
    void bench.board.end().then((end) => {
      ended = end;
    });
    await bench.time.advance(2100);
    expect(ended).toBe('unconfirmed');
    expect(bench.bus.closed).toBe(true);
  });

  it('waits for a bus that is just being opened, and stops what may pulse on it', async () => {
    bench.memory.registers[0x00] = 0x20;
    bench.memory.registers.set([0, 0, 0x90, 0x01], 0x06);
    let opened = (_: I2cBus) => {};
    bench.build(
      () =>
        new Promise((resolve) => {
          opened = resolve;
        }),
    );
    bench.board.tick();
    let ended: BoardEnd | undefined;
    void bench.board.end().then((end) => {
      ended = end;
    });
    await bench.time.advance(50);
    expect(ended).toBeUndefined();
    opened(bench.bus);
    await bench.time.advance(100);
    expect(ended).toBe('neutral');
    expect(bench.pulses()).toEqual([undefined, undefined]);
  });
});
