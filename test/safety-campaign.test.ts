import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { actuatorCases } from './campaign/cases/actuator-cases.ts';
import { hostCases } from './campaign/cases/host-cases.ts';
import { linkCases } from './campaign/cases/link-cases.ts';
import { modeCases } from './campaign/cases/mode-cases.ts';
import { perceptionCases } from './campaign/cases/perception-cases.ts';
import { soakCase } from './campaign/cases/soak-case.ts';
import { viewCases } from './campaign/cases/view-cases.ts';
import { elsewhere as faultsElsewhere } from './campaign/elsewhere.ts';
import { processFaults } from './campaign/process-faults.ts';
import { simulatedCases } from './campaign/simulated-cases.ts';
import { elsewhere as attacksElsewhere, attacksOnStarting } from './hostile/attack.ts';
import { attacksOnConnections } from './hostile/attacks-on-connections.ts';
import { attacksOnEncryption } from './hostile/attacks-on-encryption.ts';
import { attacksOnPairing, bruteForce } from './hostile/attacks-on-pairing.ts';
import { attacksOnRequests } from './hostile/attacks-on-requests.ts';
import { attacksOnSettings } from './hostile/attacks-on-settings.ts';

/**
 * docs/safety-campaign.md lists what the campaign does, from the campaign itself: `npm run docs:campaign` writes it anew, and a
 * page that says something else fails here.
 */
interface Row {
  readonly id: string;
  readonly what: string;
  readonly expected: string;
  readonly bound: string;
  readonly where: string;
}

const root = join(import.meta.dirname, '..');
const milliseconds = (ms: number | undefined): string => (ms === undefined ? '-' : `${ms} ms`);

const groups: readonly { readonly file: string; readonly cases: typeof simulatedCases }[] = [
  { file: 'test/campaign/cases/link-cases.ts', cases: linkCases },
  { file: 'test/campaign/cases/perception-cases.ts', cases: perceptionCases },
  { file: 'test/campaign/cases/view-cases.ts', cases: viewCases },
  { file: 'test/campaign/cases/host-cases.ts', cases: hostCases },
  { file: 'test/campaign/cases/actuator-cases.ts', cases: actuatorCases },
  { file: 'test/campaign/cases/mode-cases.ts', cases: modeCases },
  { file: 'test/campaign/cases/soak-case.ts', cases: [soakCase] },
];

const faults: readonly Row[] = [
  ...groups.flatMap(({ file, cases }) =>
    cases.map(({ id, fault, expected, boundMs }) => {
      return { id, what: fault, expected, bound: milliseconds(boundMs), where: `\`${file}\`` };
    }),
  ),
  ...processFaults.map(({ id, fault }) => {
    const expected = 'the wheels are neutral, and nothing moves again by itself';
    return { id, what: fault, expected, bound: '[measured](safety.md#bounds)', where: '`test/faults.test.ts`' };
  }),
  ...faultsElsewhere.map(({ id, fault, expected, where }) => ({ id, what: fault, expected, bound: '-', where })),
];

const attackGroups = [
  { file: 'test/hostile/attacks-on-requests.ts', attacks: attacksOnRequests },
  { file: 'test/hostile/attacks-on-pairing.ts', attacks: [...attacksOnPairing, bruteForce] },
  { file: 'test/hostile/attacks-on-settings.ts', attacks: attacksOnSettings },
  { file: 'test/hostile/attacks-on-encryption.ts', attacks: attacksOnEncryption },
  { file: 'test/hostile/attacks-on-connections.ts', attacks: attacksOnConnections },
];

const inputs: readonly Row[] = [
  ...attackGroups.flatMap(({ file, attacks }) =>
    attacks.map(({ id, attack, expected, bound = '-' }) => ({
      id,
      what: attack,
      expected,
      bound,
      where: `\`${file}\``,
    })),
  ),
  ...Object.values(attacksOnStarting).map(({ id, attack, expected }) => {
    return { id, what: attack, expected, bound: '-', where: '`test/hostile.test.ts`' };
  }),
  ...attacksElsewhere.map(({ id, attack, expected, where }) => ({ id, what: attack, expected, bound: '-', where })),
];

const numberOf = ({ id }: Row): number => Number(/\d+/.exec(id)?.[0]);

function table(heading: string, rows: readonly Row[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '\\<');
  const sorted = rows.toSorted((a, b) => numberOf(a) - numberOf(b));
  const lines = sorted.map(
    ({ id, what, expected, bound, where }) => `| ${[id, what, expected, bound, where].map(cell).join(' | ')} |`,
  );
  return [`| # | ${heading} | what must happen | bound | shown by |`, '|---|---|---|---|---|', ...lines].join('\n');
}

const page = `# The safety campaign

Everything that is done to the car on purpose, and what must happen then. The numbers are those of [safety.md](safety.md), which says how it was tested, what was measured
and what remains. Written from the campaign's own cases by \`npm run docs:campaign\`; a test fails when they say something else.

On every run, whatever the fault, at every write to the registers: no throttle while not armed (I1), nothing beyond the limits (I2), no faster than the slew (I3),
no motion without a new arming (I4), no change of mind without a word (I5); and memory does not grow (I6). A bound runs from the onset of the fault to the end of the last
pulse that drives, one PWM period included.

## Faults

\`npm run test:faults\` does them and prints what was measured. A letter behind a number is one of several cases of it.

${table('what is done', faults)}

## Hostile inputs

\`npm run test:hostile\` does them to a really started car that the network can reach. Throughout: it never leaves neutral, its loop goes on, and what it logs is escaped.

${table('input', inputs)}
`;

test('the page lists what the campaign does (npm run docs:campaign writes it anew)', async () => {
  await expect(page).toMatchFileSnapshot('../docs/safety-campaign.md');
});

test('every fault and every hostile input of the campaign has its line, and every case is on the page', () => {
  const numbers = (letter: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
  const listed = (rows: readonly Row[]) => new Set(rows.map(({ id }) => id.replace(/[a-d]$/, '')));
  expect(numbers('F', 78).filter((id) => !listed(faults).has(id))).toEqual([]);
  expect(numbers('S', 45).filter((id) => !listed(inputs).has(id))).toEqual([]);
  expect(new Set(groups.flatMap(({ cases }) => cases))).toEqual(new Set(simulatedCases));
});

test('the files that it names are there', () => {
  const named = [...page.matchAll(/\b(?:daemon|test|web-remote)\/[\w./-]+\.ts\b/g)].map(([file]) => file);
  expect(named.length).toBeGreaterThan(100);
  expect([...new Set(named)].filter((file) => !existsSync(join(root, file)))).toEqual([]);
});
