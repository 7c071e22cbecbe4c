/** Times since the boot, in the kernel's own unit, over all processors. */
export interface CpuTimes {
  readonly busy: number;
  readonly total: number;
}

/** The first line of /proc/stat (proc(5)): user nice system idle iowait irq softirq steal guest guest_nice. */
export function parseCpuTimes(stat: string): CpuTimes | undefined {
  const match = /^cpu\s+([\d ]+)$/m.exec(stat);
  if (match === null) return undefined;
  const times = match[1]!.trim().split(/ +/).map(Number);
  // guest times are counted in user and nice already.
  const total = times.slice(0, 8).reduce((sum, each) => sum + each, 0);
  const [, , , idle = 0, waiting = 0] = times;
  return { busy: total - idle - waiting, total };
}

/** The share of time that the processors worked between two samples; undefined when no time has passed. */
export function cpuLoad(before: CpuTimes, after: CpuTimes): number | undefined {
  const total = after.total - before.total;
  if (total <= 0) return undefined;
  return Math.min(1, Math.max(0, (after.busy - before.busy) / total));
}

/**
 * How many processors a list such as `0-1,3` names (cpu lists of the kernel's documentation, cputopology); undefined of what is
 * no list.
 */
export function countCpus(list: string): number | undefined {
  if (!/^(\d+(-\d+)?(,\d+(-\d+)?)*)?$/.test(list)) return undefined;
  return list
    .split(',')
    .filter((part) => part !== '')
    .reduce((count, part) => {
      const [first = 0, last = first] = part.split('-').map(Number);
      return count + Math.max(0, last - first + 1);
    }, 0);
}
