import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type ActuatorConfig, isPulseDriven } from '../protocol/actuator-config.ts';
import { describeRig } from './rig.contract.ts';
import { designRig } from './rigs/design-rig.ts';
import { mixSides } from './rigs/mix.ts';
import { InMemoryBus, Pca9685Memory } from './testing/in-memory-bus.ts';
import { InMemoryPins } from './testing/in-memory-pins.ts';
import { pinRigs, sampleRigs } from './testing/sample-rigs.ts';

const configs = { ...sampleRigs, ...pinRigs };

function makeFixture() {
  const bus = new InMemoryBus();
  for (const address of [0x40, 0x60]) bus.devices.set(address, new Pca9685Memory());
  const pins = new InMemoryPins();
  return {
    bus,
    pins,
    readPin: (pin: string) => pins.duties.get(pin) ?? (pins.levels.get(pin) === 'high' ? 1 : 0),
    dispose: async () => {},
  };
}

for (const [name, config] of Object.entries(configs)) describeRig(name, config, async () => makeFixture());

const unit = fc.double({ min: -1, max: 1, noNaN: true });

describe('mixSides', () => {
  it('stands without throttle, and never turns a side against the other', () => {
    fc.assert(
      fc.property(unit, unit, fc.double({ min: 0.01, max: 1, noNaN: true }), (steering, throttle, turnShare) => {
        const { left, right } = mixSides({ steering, throttle }, turnShare);
        expect(Math.max(Math.abs(left), Math.abs(right))).toBeLessThanOrEqual(1);
        expect(left * right).toBeGreaterThanOrEqual(0);
        if (throttle === 0) expect([Math.abs(left), Math.abs(right)]).toEqual([0, 0]);
        else expect(Math.sign(left + right)).toBe(Math.sign(throttle));
      }),
    );
  });

  it('curves by the steering alone, to the left with a faster right side', () => {
    fc.assert(
      fc.property(unit, fc.double({ min: 0.01, max: 1, noNaN: true }), (steering, throttle) => {
        const { left, right } = mixSides({ steering, throttle }, 0.6);
        expect((right - left) / (right + left)).toBeCloseTo(0.6 * steering, 9);
      }),
    );
  });

  it('is the mirror image for the other hand and for reverse', () => {
    fc.assert(
      fc.property(unit, unit, (steering, throttle) => {
        const one = mixSides({ steering, throttle }, 0.6);
        const other = mixSides({ steering: -steering, throttle }, 0.6);
        expect([other.left, other.right]).toEqual([one.right, one.left]);
        const back = mixSides({ steering, throttle: -throttle }, 0.6);
        expect([back.left, back.right].map(Math.abs)).toEqual([one.left, one.right].map(Math.abs));
      }),
    );
  });
});

describe('a bridge', () => {
  const bridged = Object.entries(configs).filter(([, config]) => config.kind !== undefined);

  it.each(bridged)('never has both directions on, between two transfers either: %s', async (_name, config) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ steering: unit, throttle: unit }), { maxLength: 12 }), async (drives) => {
        const fixture = makeFixture();
        const { bus, pins } = fixture;
        const design = designRig(config);
        const rig = design.attach({ bus, waiter: { wait: async () => {} }, openPins: async () => pins });
        const look = () => expectNoShortCircuit(config, fixture);
        bus.onWrite = look;
        pins.onWrite = look;
        await rig.start();
        for (const drive of drives) await rig.write(design.outputs(drive));
        await rig.end((step) => step());
      }),
      { numRuns: 30 },
    );
  });

  it('is let go by every place that still answers when one does not', async () => {
    const { bus, pins } = makeFixture();
    const config = sampleRigs['servo and bridges on two boards']!;
    const design = designRig(config);
    const rig = design.attach({ bus, waiter: { wait: async () => {} }, openPins: async () => pins });
    await rig.start();
    await rig.write(design.outputs({ steering: 0, throttle: 1 }));
    bus.devices.delete(0x40);
    await expect(rig.endForeign((step) => step())).rejects.toThrow(/nothing answers at address 64/);
    const board = bus.devices.get(0x60) as Pca9685Memory;
    expect([0, 1, 4, 6, 7].map((channel) => board.registers[0x06 + 4 * channel + 3])).toEqual(Array(5).fill(0x10));
  });
});

function expectNoShortCircuit(config: ActuatorConfig, { bus, readPin }: ReturnType<typeof makeFixture>): void {
  if (isPulseDriven(config)) return;
  const motors = config.kind === 'differential' ? [...config.leftMotors, ...config.rightMotors] : config.motors;
  const address = config.motorBoard?.address ?? 0x40;
  const isOn = (output: (typeof motors)[number]['forward']): boolean => {
    if (output.kind !== 'pca9685') return readPin(String(output.pin)) > 0;
    const board = bus.devices.get(address) as Pca9685Memory;
    return !board.asleep && (board.registers[0x06 + 4 * output.channel + 3]! & 0x10) === 0;
  };
  for (const { forward, reverse } of motors) expect(isOn(forward) && isOn(reverse)).toBe(false);
}

describe('the OE wire', () => {
  const config = pinRigs['direction by GPIO, speed by PCA9685, OE']!;
  const open = () => {
    const fixture = makeFixture();
    const design = designRig(config);
    const rig = design.attach({
      bus: fixture.bus,
      waiter: { wait: async () => {} },
      openPins: async () => fixture.pins,
    });
    return { ...fixture, design, rig, oe: () => fixture.pins.levels.get('J41 pin 7') };
  };

  it('lets pulses out only once they are neutral', async () => {
    const { bus, rig, oe } = open();
    const levels: unknown[] = [];
    bus.onWrite = () => levels.push(oe());
    await rig.start();
    expect(new Set(levels)).toEqual(new Set(['high']));
    expect(oe()).toBe('low');
  });

  it('ends everything at once when it is cut, and when the bus does not answer at the end', async () => {
    const { bus, rig, oe } = open();
    await rig.start();
    rig.cut();
    expect(oe()).toBe('high');
    await rig.start();
    bus.refusal = 'ETIMEDOUT';
    await expect(rig.end((step) => step())).rejects.toThrow(/ETIMEDOUT/);
    expect(oe()).toBe('high');
  });

  it('says so where it does not obey, and takes nothing from what the bus ends', async () => {
    const { bus, pins, design, rig, oe } = open();
    await rig.start();
    await rig.write(design.outputs({ steering: 0, throttle: 1 }));
    pins.refusedPin = 'J41 pin 7';
    expect(rig.cut()).toMatchObject({ code: 'EIO', trouble: { code: 'output-enable-refused' } });
    await rig.end((step) => step());
    const board = bus.devices.get(0x40) as Pca9685Memory;
    expect([board.pulseCount(1), board.pulseCount(8)]).toEqual([undefined, undefined]);
    expect(rig.cut()?.message).toMatch(
      /^OE \(J41 pin 7\), .* does not obey: .*switch the motors off.*actuators\.outputEnable/,
    );
    expect(oe(), 'as it was left').toBe('low');
    pins.refusedPin = undefined;
    expect([rig.cut(), oe()]).toEqual([undefined, 'high']);
  });

  it('is taken anew once it refused, for something else may have given it back', async () => {
    const { pins, rig, oe } = open();
    await rig.start();
    pins.refusedPin = 'J41 pin 7';
    rig.cut();
    await expect(rig.start()).rejects.toMatchObject({ code: 'EIO', trouble: { code: 'output-enable-refused' } });
    pins.refusedPin = undefined;
    const taken = vi.spyOn(pins, 'output');
    await rig.start();
    expect(taken).toHaveBeenCalledWith('J41 pin 7', 'high');
    expect(oe()).toBe('low');
  });

  it('is looked at with the registers: what raised it, or took it, is found before it is wanted', async () => {
    const { pins, design, rig } = open();
    await rig.start();
    const written = design.outputs({ steering: 0, throttle: 0 });
    pins.put('J41 pin 7', 'high');
    expect(await rig.divergence('leds', written)).toMatchObject({
      text: expect.stringMatching(/^OE \(J41 pin 7\).* is high .*what else uses the pin/),
      trouble: { code: 'output-enable-raised', parameters: { pin: 'J41 pin 7' } },
    });
    pins.put('J41 pin 7', 'low');
    expect(await rig.divergence('leds', written)).toBeUndefined();
    pins.refusedPin = 'J41 pin 7';
    expect(await rig.divergence('leds', written)).toMatchObject({
      text: expect.stringMatching(/^OE \(J41 pin 7\).*does not obey/),
      trouble: { code: 'output-enable-refused' },
    });
    expect(await rig.divergence('mode', written)).toBeUndefined();
  });
});
