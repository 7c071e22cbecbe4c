import type { BoardReadings } from '../protocol/board.ts';

/** As `readBoard` leaves them: everything that a line of tegrastats may add. */
export type TegrastatsReadings = Pick<
  BoardReadings,
  'memoryUsedMb' | 'memoryTotalMb' | 'cpuLoad' | 'cpuCores' | 'gpuLoad' | 'gpuClockMhz' | 'temperatures' | 'powerMw'
>;

/** A sensor without power says -256 °C. */
export const coldestC = -100;
/** A dummy sensor that always says 50 or 100 °C. */
const dummySensor = 'PMIC';

/**
 * One line of NVIDIA's `tegrastats`, as JetPack 4 prints it. What it does not hold is absent; rubbish gives an empty answer.
 * Power comes as "now/average" in milliwatts, clocks in MHz, loads in percent.
 */
export function parseTegrastats(line: string): TegrastatsReadings {
  const ram = /\bRAM (\d+)\/(\d+)MB/.exec(line);
  const cpus = /\bCPU \[([^\]]*)\]/.exec(line)?.[1]?.split(',') ?? [];
  const loads = cpus.flatMap((cpu) => /^(\d+)%/.exec(cpu.trim())?.[1] ?? []).map(Number);
  const gpu = /\bGR3D_FREQ (\d+)%(?:@(\d+))?/.exec(line);
  const temperatures = [...line.matchAll(/\b([A-Za-z][A-Za-z0-9-]*)@(-?[\d.]+)C\b/g)]
    .map((match) => ({ name: match[1]!, celsius: Number(match[2]) }))
    .filter(({ name, celsius }) => name !== dummySensor && celsius > coldestC);
  const power = {
    ...rail(line, 'POM_5V_IN', 'total'),
    ...rail(line, 'POM_5V_GPU', 'gpu'),
    ...rail(line, 'POM_5V_CPU', 'cpu'),
  };
  return {
    ...(ram !== null && { memoryUsedMb: Number(ram[1]), memoryTotalMb: Number(ram[2]) }),
    ...(loads.length > 0 && { cpuLoad: loads.reduce((sum, load) => sum + load, 0) / loads.length / 100 }),
    ...(cpus.length > 0 && { cpuCores: { online: loads.length, present: cpus.length } }),
    ...(gpu !== null && { gpuLoad: Number(gpu[1]) / 100 }),
    ...(gpu?.[2] !== undefined && { gpuClockMhz: Number(gpu[2]) }),
    ...(temperatures.length > 0 && { temperatures }),
    ...(Object.keys(power).length > 0 && { powerMw: power }),
  };
}

function rail(line: string, name: string, as: 'total' | 'gpu' | 'cpu'): { [key in typeof as]?: number } {
  const match = new RegExp(`\\b${name} (\\d+)/`).exec(line);
  return match === null ? {} : { [as]: Number(match[1]) };
}
