import { describe, expect, it } from 'vitest';
import type { I2cBus } from './actuation/bus/i2c-bus.ts';
import { I2cError } from './actuation/bus/i2c-bus.ts';
import { actuatorConfigProblems } from './actuation/config-check.ts';
import { designRig } from './actuation/rigs/design-rig.ts';
import { type CarConfig, carConfigSchema } from './car/config.ts';
import { presets, vehiclePresets } from './car/presets.ts';
import { pulseOfDonkeyCount } from './car/vehicles/donkeycar.ts';
import type { ActuatorConfig } from './protocol/actuator-config.ts';
import { buildTrack } from './simulator/tracks/build-track.ts';
import { builtinTrack } from './simulator/tracks/builtin-track.ts';
import { World } from './simulator/world.ts';

const names = Object.keys(presets);

describe.each(names)('the preset %s', (name) => {
  const config = presets[name]!;

  it('is sound, and bears its name and its source', () => {
    expect(carConfigSchema.parse(config)).toEqual(config);
    expect(actuatorConfigProblems(config.actuators)).toEqual([]);
    expect(config.vehicle.name).toBe(name);
    expect(vehiclePresets[name]?.source).toMatch(/\w{4}/);
  });

  it('drives the simulated car forward and to the left, back, and stands at neutral', async () => {
    const drive = await onSimulatedWheels(config);
    await drive({ steering: 0.6, throttle: 0.4 }, 1200);
    const ahead = drive.view();
    expect(ahead.speedMps).toBeGreaterThan(0.05);
    expect(ahead.yawRateRadps).toBeGreaterThan(0.01);
    await drive({ steering: 0.6, throttle: -0.5 }, 4000);
    expect(drive.view().speedMps).toBeLessThan(-0.02);
    await drive({ steering: -1, throttle: 0 }, 8000);
    expect(Math.abs(drive.view().speedMps)).toBeLessThan(0.01);
  });
});

/** The preset's own rig, on a world that has its boards. */
async function onSimulatedWheels(config: CarConfig) {
  const actuators: ActuatorConfig = { ...config.actuators, bus: { kind: 'simulated', socket: '' } };
  let nowMs = 1000;
  const track = buildTrack('built-in', builtinTrack(), {});
  const world = new World({ track, config: { ...config, actuators }, startAtMs: nowMs, seed: 1, noise: 0 });
  const live = (milliseconds: number) => {
    for (let left = milliseconds; left > 0; left -= 10) {
      nowMs += 10;
      world.step(nowMs);
    }
  };
  const value = <T>(answer: { ok: true; value: T } | { ok: false; code: string; text: string }): T => {
    if (!answer.ok) throw new I2cError(answer.code, answer.text);
    return answer.value;
  };
  const bus: I2cBus = {
    writeRegisters: async (address, register, bytes) =>
      void value(world.writeBus(address, register, Array.from(bytes))),
    readRegisters: async (address, register, length) =>
      Uint8Array.from(value(world.readBus(address, register, length))),
    close: async () => {},
  };
  const design = designRig(actuators);
  const rig = design.attach({
    bus,
    waiter: { wait: async (milliseconds) => live(Math.max(10, milliseconds)) },
    openPins: () => Promise.reject(new Error('no pins')),
  });
  await rig.start();
  live(100);
  const drive = async (wanted: { steering: number; throttle: number }, milliseconds: number) => {
    await rig.write(design.outputs(wanted));
    live(milliseconds);
  };
  return Object.assign(drive, { view: () => world.view() });
}

it('turns Donkeycar’s counts into pulses', () => {
  // 370 of 4096 at 60 Hz is 1.51 ms.
  expect(pulseOfDonkeyCount(370)).toBe(1506);
  expect(pulseOfDonkeyCount(4096)).toBe(Math.round(1e6 / 60));
});

it('gives a car without steered wheels the curve of one that has them', () => {
  const { vehicle, actuators } = presets['jetbot']!;
  if (actuators.kind !== 'differential') throw new Error('the JetBot has two sides');
  const trackWidthM = 0.114;
  const curvature = Math.tan(vehicle.maxSteeringRad) / vehicle.wheelbaseM;
  expect((curvature * trackWidthM) / 2).toBeCloseTo(actuators.steering.turnShare, 9);
});
