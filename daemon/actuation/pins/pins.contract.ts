import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GpioPin } from '../../protocol/gpio-pin.ts';
import { type Level, PinError, type Pins } from './pins.ts';

export interface PinsFixture {
  readonly pins: Pins;
  /** Two pins that nobody has taken, and a name that is no pin. */
  readonly output: GpioPin;
  readonly input: GpioPin;
  readonly unknown: GpioPin;
  /** What a wire on the pin would be at; undefined while the pin drives nothing. */
  wire(pin: GpioPin): Level | undefined;
  /** Puts a level on the wire of an input. */
  put(pin: GpioPin, level: Level): void;
  /** From now on the system refuses the pins. Absent where that cannot be brought about. */
  refuse?(): void;
  /** Undefined where the computer has no PWM. */
  readonly pwm?: { readonly pin: 'J41 pin 32' | 'J41 pin 33'; duty(): number };
  /** Lets what was put on the wires be heard. */
  settle(): Promise<void>;
  dispose(): Promise<void>;
}

/** One suite for every `Pins`. */
export function describePins(name: string, open: () => Promise<PinsFixture>): void {
  describe(`${name} keeps the Pins contract`, () => {
    let fixture: PinsFixture;

    beforeEach(async () => {
      fixture = await open();
    });
    afterEach(() => fixture.dispose());

    /** An edge may be late on a busy machine; one that never comes is what the test then finds. */
    const heard = async (isHeard: () => boolean): Promise<void> => {
      for (let looks = 0; looks < 300 && !isHeard(); looks++) await fixture.settle();
    };

    it.each(['high', 'low'] as const)('an output is %s from its first moment', (level) => {
      const { pins, output, wire } = fixture;
      expect(pins.output(output, level).read()).toBe(level);
      expect(wire(output)).toBe(level);
    });

    it('an output has the level that was written when the write returns', () => {
      const { pins, output, wire } = fixture;
      const line = pins.output(output, 'low');
      for (const level of ['high', 'low', 'low', 'high'] as const) {
        line.write(level);
        expect([line.read(), wire(output)]).toEqual([level, level]);
      }
    });

    it('an input drives nothing and reads what is on its wire', () => {
      const { pins, input, wire, put } = fixture;
      put(input, 'high');
      const line = pins.input(input);
      expect(line.read()).toBe('high');
      put(input, 'low');
      expect(line.read()).toBe('low');
      expect(wire(input)).toBeUndefined();
    });

    it('a pin may be taken again, and goes to the new level', () => {
      const { pins, output, wire } = fixture;
      pins.output(output, 'high');
      const again = pins.output(output, 'low');
      expect(wire(output)).toBe('low');
      again.write('high');
      expect(wire(output)).toBe('high');
    });

    it('rises are counted one by one, falls not at all, and none after the end', async () => {
      const { pins, input, put, settle } = fixture;
      put(input, 'low');
      const rises: string[] = [];
      const counter = pins.countRises(input, 1000, (rise) => rises.push(rise));
      for (const count of [1, 2]) {
        put(input, 'high');
        await heard(() => rises.length >= count);
        put(input, 'low');
        await settle();
      }
      expect(rises).toEqual(['counted', 'counted']);
      counter.stop();
      put(input, 'high');
      await settle();
      expect(rises).toHaveLength(2);
      counter.stop();
    });

    it('no more rises are told than were asked for, and that some were left out', async () => {
      const { pins, input, put, settle } = fixture;
      put(input, 'low');
      const rises: string[] = [];
      const counter = pins.countRises(input, 10, (rise) => rises.push(rise));
      // Too many are those that come close upon one another, which on a busy machine they may not do at first.
      let given = 0;
      for (; given < 20 || (given < 500 && !rises.includes('too-many')); given++) {
        put(input, 'high');
        await settle();
        put(input, 'low');
        await settle();
      }
      counter.stop();
      const counted = rises.filter((rise) => rise === 'counted').length;
      expect(rises).toContain('too-many');
      expect(counted).toBeGreaterThan(0);
      expect(counted).toBeLessThan(given);
    });

    it('what is no pin is refused by name, and nothing but a PinError is thrown', () => {
      const { pins, unknown } = fixture;
      for (const attempt of [
        () => pins.input(unknown),
        () => pins.output(unknown, 'low'),
        () => pins.countRises(unknown, 10, () => {}),
      ]) {
        expect(attempt).toThrow(PinError);
        expect(attempt).toThrow(/J41 pin 1\b/);
      }
    });

    it('a system that refuses is told as such, at the taking and later', ({ skip }) => {
      const { pins, output, input, refuse } = fixture;
      if (refuse === undefined) return skip('this system refuses no pin that it has');
      const line = pins.output(output, 'low');
      const inputLine = pins.input(input);
      refuse();
      for (const attempt of [() => line.write('high'), () => inputLine.read(), () => pins.output(output, 'high')]) {
        expect(attempt).toThrow(PinError);
      }
    });

    it('a PWM begins at nothing, and keeps within its period', ({ skip }) => {
      const { pins, pwm } = fixture;
      if (pwm === undefined) return skip('this computer has no PWM');
      const line = pins.pwm(pwm.pin, 20_000);
      expect([line.read(), pwm.duty()]).toEqual([0, 0]);
      for (const [wanted, given] of [
        [0.25, 0.25],
        [1, 1],
        [7, 1],
        [-1, 0],
      ] as const) {
        line.write(wanted);
        expect(line.read()).toBeCloseTo(given, 4);
        expect(pwm.duty()).toBeCloseTo(given, 4);
      }
    });
  });
}
