import { monotonicNowMs } from '../../daemon/platform/clock.ts';
import type { Plan, Telemetry } from '../../daemon/protocol/telemetry.ts';
import type { FakeCar } from './fake-car.ts';

/** What a make-believe car says of itself: its own motion, and the numbers of a healthy Jetson Nano. */
export function fakeTelemetry(car: FakeCar, plan: Plan | undefined): Telemetry {
  const { steering, throttle } = car.asked;
  return {
    kind: 'telemetry',
    atMs: monotonicNowMs(),
    mode: car.mode,
    obstacles: car.obstacles,
    vehicle: 'simulated',
    pilot: 'cones',
    asked: { steering, throttle },
    given: { steering: steering * 0.9, throttle: throttle * 0.9 },
    ...(car.lastStop !== undefined && { lastStop: car.lastStop }),
    speedMps: Math.abs(car.speedMps),
    cameraFramesPerSecond: 20,
    detectorFramesPerSecond: 19.8,
    detectionAgeMs: 38,
    ...(car.mode === 'auto' && { frameToCommandMs: 31.4 }),
    controlJitterMs: 0.21,
    provider: 'cpu (proven)',
    model: 'car-cones-384',
    stages: { waitMs: 6.2, preprocessMs: 1.4, runMs: 17.8, decodeMs: 0.6 + 0.2 * Math.sin(monotonicNowMs() / 700) },
    ...(plan !== undefined && { plan }),
    board: {
      cpuLoad: 0.46,
      cpuCores: { online: 4, present: 4 },
      cpuClockMhz: { current: 1479, maximum: 1479 },
      gpuLoad: 0.71,
      gpuClockMhz: 921,
      temperatures: [
        { name: 'CPU', celsius: 51.5 },
        { name: 'GPU', celsius: 49 },
      ],
      temperatureLevel: 'normal',
      memoryUsedMb: 2310,
      memoryTotalMb: 3956,
      diskFreeMb: 18_400,
      diskTotalMb: 59_000,
      powerMw: { total: 7400, gpu: 2100, cpu: 1900 },
      supplyV: 4.98,
      powerMode: 'MAXN',
      wifi: { interface: 'wlan0', signalDbm: -58, qualityShare: 0.74, ssid: 'classroom' },
      uptimeS: 2710,
      hints: car.hints,
    },
    battery: { volts: 7.62, amps: 1.8, share: 0.64, minutesLeft: 38, level: 'normal' },
    simulated: {
      xM: car.xM,
      yM: car.yM,
      headingRad: car.headingRad,
      speedMps: car.speedMps,
      laps: car.laps,
      conesHit: 0,
      offTrack: false,
    },
    clients: 0,
  };
}
