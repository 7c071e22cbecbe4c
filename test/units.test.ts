import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
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

type Rule = (action: { readonly id: string }, subject: { readonly user: string }) => string;

test("old and new polkit let the car's user do the same: power, and nothing else", () => {
  const text = (name: string) => readFileSync(join(projectFolder(), 'systemd', name), 'utf8');
  const old = new Map([...text('jetson-car.pkla').matchAll(/^(\w+)=(.*)$/gm)].map(([, key, value]) => [key, value]));
  expect(old.get('Identity')).toBe('unix-user:jetson-car');
  const actions = old.get('Action')?.split(';') ?? [];
  expect(actions).toContain('org.freedesktop.login1.power-off');
  expect(text('60-jetson-car.polkit.rules'), 'Duktape, which polkit is built with, has none of it').not.toMatch(
    /=>|`|\b(const|let)\b/,
  );
  const rules: Rule[] = [];
  const polkit = { Result: { YES: 'yes', NOT_HANDLED: 'not handled' }, addRule: (rule: Rule) => rules.push(rule) };
  runInNewContext(text('60-jetson-car.polkit.rules'), { polkit });
  const judge = (id: string, user: string) => rules.map((rule) => rule({ id }, { user }));
  for (const id of actions) {
    expect(judge(id, 'jetson-car')).toEqual(['yes']);
    expect(judge(id, 'somebody')).toEqual(['not handled']);
  }
  expect(judge('org.freedesktop.login1.power-off-ignore-inhibit', 'jetson-car')).toEqual(['not handled']);
  expect(judge('org.freedesktop.systemd1.manage-units', 'jetson-car')).toEqual(['not handled']);
});
