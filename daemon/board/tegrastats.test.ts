import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boardReadingsSchema } from '../protocol/board.ts';
import { parseTegrastats } from './tegrastats.ts';
import { temperatures } from './testing/jetson-tree.ts';

describe('a line of tegrastats', () => {
  const line =
    'RAM 1923/3964MB (lfb 2x2MB) SWAP 191/1982MB (cached 6MB) IRAM 0/252kB(lfb 252kB) ' +
    'CPU [5%@1224,4%@1224,off,off] EMC_FREQ 0%@1600 GR3D_FREQ 37%@76 APE 25 PLL@37C CPU@40.5C PMIC@50C GPU@40C AO@45C ' +
    'thermal@40C POM_5V_IN 1750/1628 POM_5V_GPU 0/0 POM_5V_CPU 366/406';

  it('is read', () => {
    expect(parseTegrastats(line)).toEqual({
      memoryUsedMb: 1923,
      memoryTotalMb: 3964,
      cpuLoad: 0.045,
      cpuCores: { online: 2, present: 4 },
      gpuLoad: 0.37,
      gpuClockMhz: 76,
      temperatures: temperatures({ PLL: 37, CPU: 40.5, GPU: 40, AO: 45, thermal: 40 }),
      powerMw: { total: 1750, gpu: 0, cpu: 366 },
    });
  });

  it('may be cut, or no such line', () => {
    expect(parseTegrastats('RAM 1923/3964MB')).toEqual({ memoryUsedMb: 1923, memoryTotalMb: 3964 });
    expect(parseTegrastats('bash: tegrastats: command not found')).toEqual({});
  });

  it('of another release, without root, or of a board without its power monitor, is read as far as it goes', () => {
    // JetPack 4.2 to 4.4, in 5 W mode.
    const older =
      'RAM 2448/3964MB (lfb 15x4MB) SWAP 0/1982MB (cached 0MB) IRAM 0/252kB(lfb 252kB) CPU [28%@918,23%@918,off,off] ' +
      'EMC_FREQ 13%@1600 GR3D_FREQ 0%@153 APE 25 PLL@23C CPU@26C PMIC@100C GPU@26C AO@31.5C thermal@26.25C ' +
      'POM_5V_IN 2187/2187 POM_5V_GPU 41/41 POM_5V_CPU 623/623';
    expect(parseTegrastats(older)).toMatchObject({
      cpuCores: { online: 2, present: 4 },
      cpuLoad: 0.255,
      gpuLoad: 0,
      powerMw: { total: 2187, gpu: 41, cpu: 623 },
    });
    // Without root the memory controller's clock is not told; a Nano 2 GB has no power monitor.
    const less =
      'RAM 1203/1972MB (lfb 4x1MB) SWAP 52/5082MB (cached 1MB) CPU [12%@1479,8%@1479,9%@1428,11%@1479] EMC_FREQ 0% ' +
      'GR3D_FREQ 12% PLL@41.5C CPU@44.5C PMIC@50C GPU@42C AO@50.5C thermal@43C';
    const read = parseTegrastats(less);
    expect(read).toMatchObject({ memoryTotalMb: 1972, cpuLoad: 0.1, gpuLoad: 0.12 });
    expect(read).not.toHaveProperty('powerMw');
    expect(read).not.toHaveProperty('gpuClockMhz');
    // JetPack 5 and 6: a date before it, units at the rails, lists of clocks.
    const newer =
      '11-29-2026 10:00:00 RAM 1923/7471MB (lfb 2x4MB) SWAP 0/3735MB (cached 0MB) CPU [1%@1510,off,2%@1510] ' +
      'EMC_FREQ 0%@2133 GR3D_FREQ 61%@[624] GPU@-256C CPU@47.5C VDD_IN 4721mW/4721mW';
    expect(parseTegrastats(newer)).toMatchObject({
      gpuLoad: 0.61,
      cpuCores: { online: 2, present: 3 },
      temperatures: [{ name: 'CPU', celsius: 47.5 }],
    });
  });

  it('cut off anywhere, or with anything in it, says nothing that cannot be', () => {
    fc.assert(
      fc.property(fc.nat(line.length), fc.nat(line.length), fc.string({ maxLength: 12 }), (from, to, rubbish) => {
        const spoilt = `${line.slice(0, from)}${rubbish}${line.slice(to)}`;
        expect(boardReadingsSchema.safeParse({ ...parseTegrastats(spoilt), hints: [] }).error, spoilt).toBeUndefined();
      }),
    );
  });
});
