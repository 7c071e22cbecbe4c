import { mkdirSync, rmSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { folderForEachTest, testFolder } from '../../test/harness/test-folders.ts';
import { boardReadingsSchema, type ReadingLevel } from '../protocol/board.ts';
import { judgedReadings, startBoardWatch } from './board-watch.ts';
import { countCpus, cpuLoad, parseCpuTimes } from './cpu-load.ts';
import { boardHints, temperatureLevel } from './hints.ts';
import { readBoard } from './read-board.ts';
import { jetsonNano, temperatures, writeTree } from './testing/jetson-tree.ts';

const root = folderForEachTest(testFolder('jetson-car-board'));

const read = async (files: Readonly<Record<string, string | undefined>>) => {
  writeTree(root(), files);
  return readBoard(root(), root());
};

describe('readBoard', () => {
  it('reads everything that a Jetson Nano says', async () => {
    const { readings } = await read(jetsonNano);
    const { diskFreeMb, diskTotalMb, ...rest } = readings;
    expect(rest).toEqual({
      cpuCores: { online: 4, present: 4 },
      cpuClockMhz: { current: 1479, maximum: 1479 },
      gpuLoad: 0.253,
      gpuClockMhz: 922,
      temperatures: temperatures({ AO: 45, CPU: 40.5, GPU: 39, PLL: 37.5 }),
      memoryUsedMb: 1982,
      memoryTotalMb: 3964,
      powerMw: { total: 1750, gpu: 0, cpu: 366 },
      supplyV: 5.016,
      powerMode: 'MAXN',
      wifi: { interface: 'wlan0', signalDbm: -54, qualityShare: 0.8 },
      uptimeS: 4711.05,
    });
    expect(diskFreeMb).toBeGreaterThan(0);
    expect(diskTotalMb).toBeGreaterThanOrEqual(diskFreeMb ?? Number.NaN);
  });

  it('knows the load from the second sample on', async () => {
    const first = await read(jetsonNano);
    writeTree(root(), { 'proc/stat': 'cpu  1300 0 550 8600 150 0 0 0 0 0\n' });
    expect((await readBoard(root(), root(), first)).readings.cpuLoad).toBeCloseTo(350 / 1000, 9);
  });

  it('finds the load of the other kernel’s GPU, and another power mode', async () => {
    const { readings } = await read({
      'sys/devices/gpu.0/load': '1000\n',
      'var/lib/nvpmodel/status': 'pmode:0001\n',
    });
    expect(readings).toMatchObject({ gpuLoad: 1, powerMode: '5W' });
  });

  it('lacks with each file that is not there what that file says, and nothing else', async () => {
    const whole = Object.keys((await read(jetsonNano)).readings).length;
    for (const name of Object.keys(jetsonNano)) {
      rmSync(root(), { recursive: true });
      mkdirSync(root());
      const { readings } = await read({ ...jetsonNano, [name]: undefined });
      expect(boardReadingsSchema.safeParse(readings).error, name).toBeUndefined();
      expect(Object.keys(readings).length, name).toBeGreaterThanOrEqual(whole - 2);
    }
  });

  it('finds the power monitor whatever number it was given, and what it says of a rail alone', async () => {
    const monitor = 'sys/bus/i2c/drivers/ina3221x/6-0040';
    const { readings } = await read({ [`${monitor}/iio:device1/in_power2_input`]: '366\n', [`${monitor}/name`]: 'x' });
    expect(readings.powerMw).toEqual({ cpu: 366 });
    expect(readings.supplyV).toBeUndefined();
  });

  it('says nothing where there is nothing', async () => {
    const { readings } = await read({});
    expect(Object.keys(readings).sort()).toEqual(['diskFreeMb', 'diskTotalMb']);
  });

  it('takes rubbish in any file for nothing, and what it says always fits the protocol', async () => {
    const names = Object.keys(jetsonNano);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.string({ maxLength: 60 }), async (name, rubbish) => {
        writeTree(root(), { ...jetsonNano, [name]: rubbish });
        const { readings } = await readBoard(root(), root());
        expect(boardReadingsSchema.safeParse(judgedReadings(readings)).error).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it('fits this very computer', async () => {
    const first = await readBoard('/', root());
    const { readings } = await readBoard('/', root(), first);
    expect(boardReadingsSchema.parse(judgedReadings(readings)).memoryTotalMb).toBeGreaterThan(100);
  });
});

describe('the processors’ times', () => {
  it('give a share of time, whatever the counters are', () => {
    const times = fc
      .record({ busy: fc.nat(1e9), idle: fc.nat(1e9) })
      .map(({ busy, idle }) => ({ busy, total: busy + idle }));
    fc.assert(
      fc.property(times, times, (before, after) => {
        const load = cpuLoad(before, after);
        if (load !== undefined) expect(load >= 0 && load <= 1).toBe(true);
      }),
    );
  });

  it('are none in what is no /proc/stat', () => {
    expect(parseCpuTimes('')).toBeUndefined();
    expect(parseCpuTimes('cpus  1 2 3')).toBeUndefined();
  });

  it.each([
    ['0', 1],
    ['0-3', 4],
    ['0-1,3', 3],
    ['', 0],
    [':', undefined],
    ['3-', undefined],
  ])('count the list %j as %i', (text, count) => expect(countCpus(text)).toBe(count));
});

describe('hints', () => {
  const codes = (readings: Parameters<typeof boardHints>[0]) => boardHints(readings).map(({ code }) => code);

  it('are none on a board that is well', async () => {
    const { readings } = await read(jetsonNano);
    expect(codes({ ...readings, cpuLoad: 0.9, diskFreeMb: 9000, diskTotalMb: 30_000 })).toEqual([]);
  });

  it('tell of a supply that dips, of heat, of clocks held back, of 5 W, of memory and disk', () => {
    expect(codes({ supplyV: 4.6 })).toEqual(['undervoltage']);
    expect(codes({ temperatures: [{ name: 'CPU', celsius: 85 }] })).toEqual(['hot']);
    expect(codes({ cpuLoad: 0.95, cpuClockMhz: { current: 614, maximum: 1479 } })).toEqual(['clock-capped']);
    expect(codes({ cpuLoad: 0.1, cpuClockMhz: { current: 102, maximum: 1479 } })).toEqual([]);
    expect(codes({ cpuCores: { online: 2, present: 4 } })).toEqual(['low-power-mode']);
    expect(codes({ memoryUsedMb: 3700, memoryTotalMb: 3964 })).toEqual(['memory-low']);
    expect(codes({ diskFreeMb: 1000, diskTotalMb: 30_000 })).toEqual(['disk-low']);
  });

  it('are none of a workstation, of which a small share is plenty', () => {
    expect(codes({ memoryUsedMb: 60_000, memoryTotalMb: 64_000, diskFreeMb: 50_000, diskTotalMb: 1e6 })).toEqual([]);
  });

  it.each([
    [undefined, []],
    ['normal', [79.9]],
    ['warning', [20, 80]],
    ['critical', [90, 20]],
  ] as const)('find the level %s of %j degrees', (level, degrees) => {
    const temperatures = degrees.map((celsius) => ({ name: 'CPU', celsius }));
    expect(temperatureLevel({ temperatures })).toBe(level);
  });
});

describe('a temperature', () => {
  it('leaves a level only some way below where it began', () => {
    let level: ReadingLevel | undefined;
    const levels = [79, 80, 77, 76, 75.9, 90, 87, 86, 85.9, 75].map((celsius) => {
      level = temperatureLevel({ temperatures: [{ name: 'CPU', celsius }] }, level);
      return level;
    });
    expect(levels).toEqual([
      ...['normal', 'warning', 'warning', 'warning', 'normal'],
      ...['critical', 'critical', 'critical', 'warning', 'normal'],
    ]);
  });
});

describe('startBoardWatch', () => {
  it('tells readings again and again, with loads, and what only tegrastats knows', async () => {
    writeTree(root(), { ...jetsonNano, 'proc/stat': jetsonNano['proc/stat'] });
    const told: unknown[] = [];
    let second: () => void = () => {};
    const twice = new Promise<void>((resolve) => {
      second = resolve;
    });
    const watch = startBoardWatch({
      root: root(),
      disk: root(),
      periodMs: 1,
      tegrastats: () => ({ gpuLoad: 0.9, temperatures: [] }),
      onReadings: (readings) => {
        told.push(readings);
        writeTree(root(), { 'proc/stat': `cpu  ${1000 + told.length * 10} 0 500 8000 100 0 0 0 0 0\n` });
        if (told.length === 2) second();
      },
    });
    await twice;
    watch.stop();
    // The files win: they are as new, and the same wherever the car is.
    expect(told[0]).toMatchObject({ gpuLoad: 0.253, temperatureLevel: 'normal' });
    expect(told[1]).toMatchObject({ cpuLoad: 1 });
  });
});
