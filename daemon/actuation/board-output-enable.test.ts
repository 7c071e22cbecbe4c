import { beforeEach, describe, expect, it } from 'vitest';
import type { ActuatorConfig } from '../protocol/actuator-config.ts';
import { troubleSchema } from '../protocol/troubles.ts';
import type { I2cBus } from './bus/i2c-bus.ts';
import { armingNeutralMs, BoardBench } from './testing/board-bench.ts';
import { Pca9685Memory } from './testing/in-memory-bus.ts';
import { InMemoryPins } from './testing/in-memory-pins.ts';
import { carOnDesk } from './testing/sample-config.ts';
import { sampleRigs } from './testing/sample-rigs.ts';

const neutral = 307;

let bench: BoardBench;
beforeEach(() => {
  bench = new BoardBench();
});

describe('an OE wire that does not obey', () => {
  const pins = new InMemoryPins();
  const wired: ActuatorConfig = { ...carOnDesk, outputEnable: { pin: 'J41 pin 7' } };
  const refusal = { code: 'output-enable-refused', parameters: { pin: 'J41 pin 7' } };
  beforeEach(async () => {
    pins.refusal = undefined;
    bench.build(
      async () => bench.bus,
      wired,
      async () => pins,
    );
    await bench.start();
    await bench.run(100, { steering: 0, throttle: 1 });
    expect(bench.pulses()[0]).toBe(409);
  });
  const oe = () => pins.wire('J41 pin 7');

  it('is told before it is wanted: the wheels are neutral by the bus until it obeys', async () => {
    pins.refusal = 'EIO';
    await bench.run(200, { steering: 0, throttle: 1 });
    expect(bench.faults[0]).toMatchObject({ cause: 'register-divergence', trouble: refusal });
    await bench.run(1000, { steering: 0, throttle: 1 });
    expect(bench.board.fault).toMatchObject({ cause: 'EIO', trouble: refusal });
    expect(bench.board.fault?.text).toMatch(/^OE \(J41 pin 7\).*does not obey.*take actuators\.outputEnable out/);
    expect([undefined, neutral]).toContain(bench.pulses()[0]);
    pins.refusal = undefined;
    // A wire that refused for a while is asked for every 800 ms.
    await bench.run(800 + armingNeutralMs + 200, { steering: 0, throttle: 1 });
    expect([bench.board.fault, bench.faults.at(-1), oe(), bench.pulses()[0]]).toEqual([
      undefined,
      undefined,
      'low',
      409,
    ]);
  });

  it('is told beside what the fault was told by, where that has a code of its own', async () => {
    pins.refusedPin = 'J41 pin 7';
    bench.memory.powerOn();
    await bench.run(200, { steering: 0, throttle: 1 });
    pins.refusedPin = undefined;
    expect(bench.faults[0]).toMatchObject({
      cause: 'register-divergence',
      trouble: { ...refusal, because: [{ code: 'board-settings-lost' }, { code: 'pin-unusable' }] },
    });
  });

  it('that something else raised is told as that, never as settings that the board lost', async () => {
    pins.put('J41 pin 7', 'high');
    await bench.run(200, { steering: 0, throttle: 1 });
    expect(bench.faults[0]).toMatchObject({
      cause: 'register-divergence',
      trouble: { code: 'output-enable-raised', parameters: { pin: 'J41 pin 7' } },
    });
    expect(bench.faults[0]?.text).toMatch(/^OE \(J41 pin 7\).* is high though motor control holds it low/);
    await bench.run(armingNeutralMs + 100);
    expect([bench.board.fault, oe()]).toEqual([undefined, 'low']);
  });

  it('is told with the fault that it was wanted for, and cuts as soon as it obeys, whatever the bus does', async () => {
    pins.refusal = 'EIO';
    bench.bus.refusal = 'ENXIO';
    await bench.run(150, { steering: 0, throttle: 1 });
    expect(bench.faults).toHaveLength(1);
    const because = [
      { code: 'board-refused', parameters: { cause: 'ENXIO' } },
      { code: 'pin-unusable', parameters: { pin: 'J41 pin 7', cause: 'EIO' } },
    ];
    expect(bench.faults[0]).toMatchObject({ cause: 'ENXIO', trouble: { ...refusal, because } });
    expect(troubleSchema.parse(bench.faults[0]?.trouble)).toEqual(bench.faults[0]?.trouble);
    expect(bench.faults[0]?.text).toMatch(
      /^the transfer ended with ENXIO; and OE \(J41 pin 7\).*switch the motors off/,
    );
    expect(oe()).toBe('low');
    pins.refusal = undefined;
    await bench.run(10);
    expect(oe()).toBe('high');
    expect(bench.board.fault).toEqual({ cause: 'ENXIO', text: 'the transfer ended with ENXIO' });
    bench.bus.refusal = undefined;
    await bench.run(armingNeutralMs + 200);
    expect([bench.board.fault, oe()]).toEqual([undefined, 'low']);
  });

  it('does not keep the board from ending neutral, and is told', async () => {
    pins.refusal = 'EIO';
    const end = bench.board.end();
    await bench.time.advance(100);
    expect(await end).toBe('neutral');
    expect(bench.pulses()).toEqual([undefined, undefined]);
    expect(bench.faults.at(-1)).toMatchObject({ cause: 'EIO', trouble: refusal });
  });

  it('and a bus that refuses to the last end as wheels that nobody may take for neutral', async () => {
    pins.refusal = 'EIO';
    bench.bus.refusal = 'ENXIO';
    const end = bench.board.end();
    await bench.time.advance(2500);
    expect(await end).toBe('unconfirmed');
    expect(bench.faults.at(-1)).toMatchObject({ cause: 'EIO', trouble: refusal });
  });
});

describe.each(Object.entries(sampleRigs))('an OE wire that refuses from the start: %s', (_name, rig) => {
  it('is asked for ever more rarely, and leaves the bus free, until it obeys', async () => {
    const pins = new InMemoryPins();
    bench.bus.devices.set(0x60, new Pca9685Memory());
    // Each transfer takes its time: what never waits is to be seen, not to hang.
    let transfers = 0;
    const take = async () => {
      transfers += 1;
      await bench.time.wait(1);
    };
    const slow: I2cBus = {
      writeRegisters: async (...transfer) => {
        await take();
        await bench.bus.writeRegisters(...transfer);
      },
      readRegisters: async (...transfer) => {
        await take();
        return bench.bus.readRegisters(...transfer);
      },
      close: () => bench.bus.close(),
    };
    let takings = 0;
    bench.build(
      async () => slow,
      { ...rig, outputEnable: { pin: 'J41 pin 7' } },
      async () => {
        takings += 1;
        return pins;
      },
    );
    pins.refusal = 'EIO';
    await bench.run(1000);
    expect(bench.board.fault).toMatchObject({ cause: 'EIO', trouble: { code: 'output-enable-refused' } });
    expect(bench.faults).toHaveLength(1);
    expect(takings).toBeGreaterThanOrEqual(4);
    expect(takings).toBeLessThanOrEqual(6);
    // Neutral is written at every tick: as many transfers as that needs, and not one after another without end.
    expect(transfers).toBeLessThan(800);
    const before = takings;
    await bench.run(8000);
    expect(takings - before).toBeGreaterThanOrEqual(8);
    expect(takings - before).toBeLessThanOrEqual(11);
    pins.refusal = undefined;
    await bench.run(800 + armingNeutralMs + 300);
    expect([bench.board.fault, pins.wire('J41 pin 7')]).toEqual([undefined, 'low']);
  });
});
