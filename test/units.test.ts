import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectFolder } from '../daemon/platform/paths.ts';
import { systemdAnalyzeIsThere } from './harness/tools.ts';

const units = ['jetson-car.service', 'jetson-car-neutral.service'];
/** Of ten; 9.6 is a service with no sandbox at all. */
const worstExposure = 2.5;

/** What `systemd-analyze security` says of a unit file, without a running systemd. */
function exposureOf(file: string): number {
  const text = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', file], {
    encoding: 'utf8',
  });
  const found = /Overall exposure level for \S+: ([\d.]+)/.exec(text)?.[1];
  if (found === undefined) throw new Error(`no exposure level in what systemd-analyze said:\n${text}`);
  return Number(found);
}

describe.skipIf(!systemdAnalyzeIsThere())('the units', () => {
  test.each(units)('%s lets the car do little else', (unit) => {
    expect(exposureOf(join(projectFolder(), 'systemd', unit))).toBeLessThanOrEqual(worstExposure);
  });

  test.each(units)('%s is written without a slip', (unit) => {
    const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', join(projectFolder(), 'systemd', unit)], {
      encoding: 'utf8',
    });
    // The programs that it names lie on the car, not here.
    const complaints = stderr
      .split('\n')
      .filter((line) => line.includes(unit) && !/is not executable|not found/.test(line));
    expect(complaints).toEqual([]);
  });
});
