import { describe, expect, test } from 'vitest';
import { presets, simulatedActuators } from '../car/presets.ts';
import { answerRequest } from './answer-request.ts';
import { limitLap } from './limit-lap.ts';
import type { Obstacle } from './obstacles.ts';
import { buildTrack, type TrackOptions } from './tracks/build-track.ts';
import { builtinTrack } from './tracks/builtin-track.ts';
import { nearestFinder } from './tracks/closed-line.ts';
import { trackPoseAt } from './tracks/track.ts';
import { World, type WorldOptions, type WorldSample } from './world.ts';

const config = presets['simulated']!;
const { vehicle } = config;
const actuators = simulatedActuators;
const startAtMs = 1000;

function makeWorld(options: Partial<WorldOptions> & TrackOptions = {}): World {
  const track = buildTrack('built-in', builtinTrack(), options);
  return new World({ track, config, startAtMs, seed: 1, ...options });
}

const countUs = 122 / 25;
const address = actuators.pca9685.address;

function wake(world: World): void {
  world.writeBus(address, 0xfe, [121]);
  world.writeBus(address, 0x00, [0x21]);
}

function pulse(world: World, channel: number, widthUs: number): void {
  const count = Math.round(widthUs / countUs);
  world.writeBus(address, 0x06 + 4 * channel, [0, 0, count & 0xff, count >> 8]);
}

function command(world: World, steering: number, throttle: number): void {
  pulse(world, actuators.steering.channel, 1500 + 400 * steering);
  pulse(world, actuators.throttle.channel, 1500 + 500 * throttle);
}

/** Steers the true car at a point ahead of it on the centre line, fifty times a second: pure pursuit. */
function driveRound(world: World, seconds: number, throttle: number): void {
  const nearest = nearestFinder(world.track.centreLine);
  wake(world);
  for (let tick = 1; tick <= seconds * 50; tick++) {
    world.step(startAtMs + 20 * tick);
    const { xM, yM, headingRad } = world.view();
    const here = (nearest({ xM, yM }).index * world.track.lengthM) / world.track.centreLine.length;
    const aim = trackPoseAt(world.track, here + 0.6);
    const [dx, dy] = [aim.xM - xM, aim.yM - yM];
    const leftwards = dy * Math.cos(headingRad) - dx * Math.sin(headingRad);
    const curvature = (2 * leftwards) / (dx * dx + dy * dy);
    command(world, Math.atan(curvature * vehicle.wheelbaseM) / vehicle.maxSteeringRad, throttle);
  }
}

describe('a car that is steered round by register writes', () => {
  test.each([{ reverse: false }, { reverse: true }])('laps without a fault, %j', (options) => {
    const world = makeWorld(options);
    driveRound(world, 40, 0.7);
    const { judge } = world.status();
    expect(judge.laps.length).toBeGreaterThanOrEqual(3);
    expect(judge).toMatchObject({ conesHit: 0, wasOffTrack: false });
    expect(judge.maxLateralErrorM).toBeLessThan(0.25);
    const { limitLapS } = limitLap(world.track, vehicle);
    const ratio = judge.laps[1]!.timeS / limitLapS;
    expect(ratio).toBeGreaterThan(1);
    expect(ratio).toBeLessThan(1.6);
  });

  test('the same seed gives the same world, another seed another one', () => {
    const ends = [1, 1, 2].map((seed) => {
      const world = makeWorld({ seed });
      driveRound(world, 4, 0.6);
      return world.view();
    });
    expect(ends[0]).toEqual(ends[1]);
    expect(ends[2]).not.toEqual(ends[0]);
  });

  test('steered into the cones: they count, and it is off the track', () => {
    const world = makeWorld();
    wake(world);
    command(world, 0, 0.8);
    for (let atMs = startAtMs; atMs <= startAtMs + 6000; atMs += 50) world.step(atMs);
    const { judge } = world.status();
    expect(judge.wasOffTrack).toBe(true);
    expect(judge.laps).toHaveLength(0);
  });

  test('a box on the centre line is hit by a driver who does not look', () => {
    const obstacles: Obstacle[] = [{ kind: 'box', atM: 3, offsetM: 0 }];
    const world = makeWorld({ obstacles });
    driveRound(world, 6, 0.5);
    expect(world.status().judge.obstaclesHit).toBe(1);
  });
});

test('put back, the car stands at its start and its laps count anew, while chips and time go on', () => {
  const world = makeWorld();
  driveRound(world, 20, 0.7);
  const driven = world.status();
  expect(driven.judge.laps.length).toBeGreaterThan(0);
  world.reset();
  expect(world.status()).toMatchObject({ ...world.track.start, speedMps: 0, atMs: driven.atMs });
  expect(world.status().judge).toMatchObject({ laps: [], lapStartedAtMs: driven.atMs });
  expect(world.status().throttlePulseUs).toBe(driven.throttlePulseUs);
  world.step(driven.atMs + 200);
  expect(world.status().speedMps).toBeGreaterThan(0);
});

describe('nobody writes any more', () => {
  test('the last pulses go on, and so does the car', () => {
    const world = makeWorld({ noise: 0 });
    wake(world);
    command(world, 0, 0.4);
    world.step(startAtMs + 100);
    for (let atMs = startAtMs + 100; atMs < startAtMs + 4000; atMs += 4) world.step(atMs);
    // 0.4 of the way from 1500 us to 2000 us is not a whole number of counts.
    expect(world.view().speedMps).toBeCloseTo(0.4 * vehicle.topSpeedMps, 1);
    expect(world.status().throttlePulseUs).toBeCloseTo(1700, -1);
  });

  test('full-off on every channel lets it roll out and keeps the wheels turned', () => {
    const world = makeWorld({ noise: 0 });
    wake(world);
    command(world, 0.5, 0.6);
    for (let atMs = startAtMs; atMs < startAtMs + 2000; atMs += 4) world.step(atMs);
    world.writeBus(address, 0xfd, [0x10]);
    const before = world.view();
    for (let atMs = startAtMs + 2000; atMs < startAtMs + 2300; atMs += 4) world.step(atMs);
    const after = world.view();
    expect(world.status()).toMatchObject({ throttlePulseUs: 0, steeringPulseUs: 0 });
    expect(after.speedMps).toBeLessThan(before.speedMps);
    expect(after.speedMps).toBeGreaterThan(0.5 * before.speedMps);
    expect(after.yawRateRadps).toBeGreaterThan(0.5);
  });
});

describe('time', () => {
  test('stands still without a step, and after a long pause skips what is older than 100 ms', () => {
    const world = makeWorld({ noise: 0 });
    wake(world);
    command(world, 0, 1);
    world.step(startAtMs + 1000);
    const view = world.view();
    expect(view.atMs).toBe(startAtMs + 1000);
    expect(view.speedMps).toBeLessThanOrEqual(0.1 * vehicle.maxAccelerationMps2 + 1e-9);
    world.step(startAtMs + 500);
    expect(world.view()).toEqual(view);
  });

  test('a sample every 20 ms, a write when it happens', () => {
    const samples: WorldSample[] = [];
    const writes: { register: number; atMs: number }[] = [];
    const world = makeWorld({
      onSample: (sample) => samples.push(sample),
      onBusWrite: ({ register }, atMs) => writes.push({ register, atMs }),
    });
    world.step(startAtMs + 50.5);
    wake(world);
    world.step(startAtMs + 100);
    expect(samples.map((sample) => sample.atMs - startAtMs)).toEqual([0, 20, 40, 60, 80]);
    expect(writes).toEqual([
      { register: 0xfe, atMs: startAtMs + 50.5 },
      { register: 0x00, atMs: startAtMs + 50.5 },
    ]);
  });
});

describe('what a client of the socket is answered', () => {
  const world = makeWorld();
  const ask = (request: unknown) => answerRequest(world, JSON.stringify(request));

  test('registers', () => {
    expect(ask({ op: 'i2c-write', id: 7, address: 0x40, register: 0, bytes: [0x21] })).toEqual({
      op: 'i2c',
      id: 7,
      bytes: [],
    });
    expect(ask({ op: 'i2c-read', id: 8, address: 0x40, register: 0, length: 1 })).toEqual({
      op: 'i2c',
      id: 8,
      bytes: [0x21],
    });
    const millivolts = ask({ op: 'i2c-read', id: 9, address: 0x41, register: 2, length: 2 });
    if (millivolts.op !== 'i2c') throw new Error(millivolts.op);
    expect(((millivolts.bytes[0]! << 8) | millivolts.bytes[1]!) >> 3).toBeGreaterThan(7000 / 4);
  });

  test('a NACK', () => {
    const nack = { op: 'error', id: 1, code: 'ENXIO' };
    expect(ask({ op: 'i2c-write', id: 1, address: 0x50, register: 0, bytes: [] })).toMatchObject(nack);
    expect(ask({ op: 'i2c-read', id: 1, address: 0x50, register: 0, length: 2 })).toMatchObject(nack);
  });

  test('the view', () => {
    expect(ask({ op: 'view', id: 3 })).toEqual({ op: 'view', id: 3, ...world.view() });
  });

  test.each([
    ['no JSON', 'hello', -1],
    ['no request', '{"op":"explode","id":4}', 4],
    ['bytes out of range', '{"op":"i2c-write","id":5,"address":64,"register":0,"bytes":[256]}', 5],
    ['an address out of range', '{"op":"i2c-read","id":6,"address":128,"register":0,"length":1}', 6],
  ])('%s is an error under its id', (_, line, id) => {
    expect(answerRequest(world, line)).toMatchObject({ op: 'error', id, code: 'EINVAL' });
  });
});
