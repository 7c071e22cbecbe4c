import { execFile } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { headerPwmChannels } from '../../../daemon/actuation/pins/header-j41.ts';
import { monotonicNowMs } from '../../../daemon/platform/clock.ts';
import type { Health } from '../../../daemon/protocol/telemetry.ts';
import { Ssd1306 } from '../../../daemon/simulator/devices/ssd1306.ts';
import { measureBattery } from '../testing/chips.ts';
import { restartWith } from '../testing/configuration.ts';
import {
  bounds,
  driveUntilDriven,
  expectNeutral,
  expectNeutralAfter,
  expectStill,
  expectWithin,
  isDriven,
  isDrivenNow,
  kill,
  killBoth,
  observeBus,
  pids,
  takeTheWheel,
  throttle,
  useInstalledCar,
} from '../testing/driven-car.ts';
import { driveLine, failBus, hangBus, lineState, pwmOutput } from '../testing/hardware.ts';
import { leaveAsInput, levelAt, numberOf, putLevel } from '../testing/header.ts';
import { readLine } from '../testing/screen.ts';
import { carUnit, health, neutralUnit, systemctl, until, untilReady } from '../testing/service.ts';
import { obstacle, releaseStop, untilMode, untilTold } from '../testing/told.ts';

const run = promisify(execFile);
const pins = {
  stopButton: 'J41 pin 29',
  outputEnable: 'J41 pin 7',
  light: 'J41 pin 31',
  encoder: 'J41 pin 35',
  forward: 'J41 pin 11',
  reverse: 'J41 pin 13',
  motor: 'J41 pin 33',
} as const;
const screenAddress = 0x3c;
const battery = { address: 0x41, shuntOhm: 0.1 } as const;
const wellCharged = { volts: 7.8, amps: 0.6 } as const;
const empty = { volts: 6.1, amps: 0.6 } as const;

const everythingFitted = `
actuators:
  stopButton: {pin: ${pins.stopButton}, pressedLevel: high}
  outputEnable: {pin: ${pins.outputEnable}}
  statusLed: {pin: ${pins.light}}
  wheelEncoder: {pin: ${pins.encoder}, ticksPerMetre: 20, maxTicksPerS: 100}
  battery: {address: ${battery.address}, shuntOhm: ${battery.shuntOhm}, emptyV: 6.0, fullV: 8.4, lowShare: 0.3, criticalShare: 0.15}
  motionSensor: {address: 0x68}
  statusScreen: {address: ${screenAddress}, heightPx: 32}
`;
const bridgeOnPins = `
actuators:
  motors:
    - kind: direction-and-pwm
      pwm: {kind: hardware, pin: ${pins.motor}, frequencyHz: 20000}
      forward: {kind: gpio, pin: ${pins.forward}}
      reverse: {kind: gpio, pin: ${pins.reverse}}
`;

const charge = (state: { readonly volts: number; readonly amps: number }) =>
  measureBattery(battery.address, { ...state, shuntOhm: battery.shuntOhm });

const outputEnable = () => lineState(numberOf(pins.outputEnable));
const untilOutputsAre = (what: 'on' | 'off') =>
  until(`OE to switch the outputs ${what}`, () => {
    const line = outputEnable();
    return line?.direction === 'out' && line.level === (what === 'off' ? 1 : 0) ? line : undefined;
  });
/** OE switched the outputs on when they were neutral, or without a pulse, and nothing was driven since. */
async function expectOnAtNeutral(): Promise<void> {
  const { sinceMs } = await untilOutputsAre('on');
  const changes = throttle();
  const atThatTime = changes.findLastIndex(({ atMs }) => atMs <= sinceMs);
  expect(changes.slice(Math.max(0, atThatTime)).filter(isDriven)).toEqual([]);
}

const stopTheService = () => run('systemctl', ['stop', '--no-block', carUnit]);
const killTheDaemon = ({ planning }: Health['pids']) => kill(planning, 'SIGKILL');

describe('a car with everything fitted', () => {
  const screen = new Ssd1306();
  let endObserving: (() => void) | undefined;
  beforeAll(async () => {
    putLevel(pins.stopButton, 'low');
    putLevel(pins.encoder, 'low');
    charge(wellCharged);
    endObserving = observeBus((writes) => {
      for (const { address, register, bytes } of writes) if (address === screenAddress) screen.write(register, bytes);
    });
    await restartWith((yaml) => yaml + everythingFitted);
  });
  useInstalledCar();
  afterEach(async () => {
    failBus(0);
    hangBus(false);
    putLevel(pins.stopButton, 'low');
    charge(wellCharged);
    // Of a test that has failed before it was released.
    if ((await health())?.mode === 'estop') await releaseStop();
  });
  afterAll(async () => {
    endObserving?.();
    await restartWith((yaml) => yaml);
  });

  test('tells the battery that the INA219 measures, on its pages and on its screen', async () => {
    const told = await untilTold('the battery', (telemetry) => telemetry.battery);
    expect(told.volts).toBeCloseTo(wellCharged.volts, 2);
    expect(told.amps).toBeCloseTo(wellCharged.amps, 2);
    // What else it may show depends on the moment: a pairing code, a temperature, what is in the way.
    await until('the screen to tell address, mode and battery', () => {
      throttle();
      const [address, state] = [0, 1].map((line) => readLine(screen.picture(), line));
      return screen.isLit && address !== '' && /^disarmed +7\.8V/.test(state ?? '') ? true : undefined;
    });
  });

  test('its light blinks while it is ready, and is lit while it is armed', async () => {
    const light = () => lineState(numberOf(pins.light));
    for (const level of [1, 0, 1] as const) {
      await until(`the light to be at ${level}`, () => (light()?.level === level ? true : undefined));
    }
    await driveUntilDriven('manual');
    // Of two seconds it is lit for a quarter of one while the car is only ready.
    await until('a light that stays', () => {
      const state = light();
      return state?.level === 1 && monotonicNowMs() - state.sinceMs > 1000 ? true : undefined;
    });
    expect((await health())?.mode).toBe('manual');
  });

  test('the stop button at speed: neutral, and nothing but its release and a person’s lets the car go on', async () => {
    const harm = () => putLevel(pins.stopButton, 'high');
    await expectNeutralAfter({ fault: 'the stop button', boundMs: bounds.stopButton, harm });
    await untilMode('estop');
    await obstacle('stop-button-pressed', true);
    putLevel(pins.stopButton, 'low');
    await obstacle('stop-button-pressed', false);
    expect((await health())?.mode).toBe('estop');
    await releaseStop();
    expectStill();
  });

  test('a storm on the wire of the wheel encoder stops nobody', async () => {
    const line = numberOf(pins.encoder);
    await driveUntilDriven('manual');
    for (let burst = 0; burst < 40; burst++) {
      for (let edge = 0; edge < 10; edge++) {
        driveLine(line, 1);
        driveLine(line, 0);
      }
      await sleep(10);
    }
    expect((await health())?.mode).toBe('manual');
    expect(isDrivenNow()).toBe(true);
  });

  test.each([
    ['refuses every transfer', () => failBus(constants.errno.EIO), () => failBus(0), bounds.busRefusesWithOe],
    ['is silent', () => hangBus(true), () => hangBus(false), bounds.busIsSilentWithOe],
  ] as const)(
    'the bus %s at speed: OE ends the pulses, and lets none through until they are neutral',
    async (what, begin, end, boundMs) => {
      await driveUntilDriven('manual');
      await untilOutputsAre('on');
      const harmedAtMs = monotonicNowMs();
      begin();
      const { sinceMs } = await untilOutputsAre('off');
      expectWithin(`the bus ${what}, with OE wired`, sinceMs - harmedAtMs, boundMs);
      await untilMode('disarmed');
      end();
      await expectOnAtNeutral();
      await untilReady();
    },
  );

  test.each([
    ['stopped', bounds.dead, stopTheService],
    ['killed', bounds.dead, killTheDaemon],
    ['killed with its motor control', bounds.bothDead, killBoth],
  ] as const)('%s at speed: OE is switched off behind the last pulse', async (what, boundMs, harm) => {
    const before = await pids();
    const fault = `${what}, with OE wired`;
    const harmedAtMs = await expectNeutralAfter({ fault, boundMs, harm: () => harm(before) });
    const { sinceMs } = await untilOutputsAre('off');
    expect(sinceMs).toBeGreaterThan(harmedAtMs);
    expect(throttle().findLast(({ atMs }) => atMs <= sinceMs)?.pulseUs).toBe(0);
    systemctl('start', carUnit);
    await untilReady();
    await expectOnAtNeutral();
  });

  test('killed with its motor control on a bus that refuses: OE is all that is left, and the neutraliser raises it', async () => {
    await driveUntilDriven('manual');
    await untilOutputsAre('on');
    const before = await pids();
    const harmedAtMs = monotonicNowMs();
    failBus(constants.errno.EIO);
    killBoth(before);
    const { sinceMs } = await untilOutputsAre('off');
    expectWithin('all killed on a bus that refuses, with OE wired', sinceMs - harmedAtMs, bounds.bothDeadAndBusRefuses);
    expect(isDrivenNow(), 'no write reached the board').toBe(true);
    failBus(0);
    await untilReady(before.planning);
    await expectOnAtNeutral();
  });

  test('OE whose pin was left as an input that somebody listens to: the neutraliser raises it, and the car takes it again', async () => {
    systemctl('stop', carUnit);
    await untilOutputsAre('off');
    leaveAsInput(pins.outputEnable);
    expect(outputEnable()?.direction).toBe('in');
    systemctl('start', neutralUnit);
    expect(outputEnable()).toMatchObject({ direction: 'out', level: 1 });
    leaveAsInput(pins.outputEnable);
    systemctl('start', carUnit);
    await untilReady();
    await untilOutputsAre('on');
  });

  // The car stands in front of its camera, so it is stuck after two seconds and a half: each drive here is shorter.
  test('a sag of the battery stops nobody', async () => {
    await driveUntilDriven('manual');
    charge(empty);
    await sleep(1000);
    expect(isDrivenNow()).toBe(true);
  });

  test('an empty battery does, when it was so for five seconds', async () => {
    const emptyAtMs = monotonicNowMs();
    charge(empty);
    await sleep(3500);
    await driveUntilDriven('manual');
    // From when it is empty on: docs/vehicles.md.
    await expectNeutral({ fault: 'the battery is empty', boundMs: 5000, harm: () => {} });
    expect(monotonicNowMs() - emptyAtMs).toBeGreaterThan(4500);
    await obstacle('battery-empty', true);
    expectStill();
  });

  test('its screen is dark when it has ended', async () => {
    systemctl('stop', carUnit);
    throttle();
    expect(screen.isLit).toBe(false);
  });
});

describe('a motor behind a bridge on the computer’s own pins', () => {
  beforeAll(() => restartWith((yaml) => yaml.replace(/^preset: .*$/m, 'preset: hshop-1-18-h-bridge') + bridgeOnPins));
  useInstalledCar();
  afterAll(() => restartWith((yaml) => yaml));

  const motor = () => pwmOutput(headerPwmChannels[pins.motor]);

  test.each([
    ['stopped', bounds.dead, stopTheService],
    ['killed', bounds.dead, killTheDaemon],
    ['killed with its motor control', bounds.bothDead, killBoth],
  ] as const)('%s at speed: no duty is left', async (what, boundMs, harm) => {
    await takeTheWheel('manual');
    await until('the motor to be driven', () => (motor().duty > 0.1 ? true : undefined));
    expect([levelAt(pins.forward), levelAt(pins.reverse)]).toEqual([1, 0]);
    const before = await pids();
    const harmedAtMs = monotonicNowMs();
    await harm(before);
    const { sinceMs } = await until('the motor to stand', () => (motor().duty === 0 ? motor() : undefined));
    expectWithin(`a bridge on pins: ${what}`, sinceMs - harmedAtMs, boundMs);
    systemctl('start', carUnit);
    await untilReady();
    expect(motor().duty).toBe(0);
  });
});
