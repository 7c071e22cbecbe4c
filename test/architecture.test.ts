import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Who may import whom (docs/how-it-works.md). A folder that is not listed fails: add it here on purpose. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'daemon/protocol': [],
  'daemon/platform': ['daemon/protocol'],
  'daemon/car': ['daemon/protocol', 'daemon/platform'],
  'daemon/perception': ['daemon/protocol', 'daemon/platform', 'daemon/car'],
  'daemon/board': ['daemon/protocol', 'daemon/platform'],
  'daemon/planning': ['daemon/protocol', 'daemon/platform', 'daemon/car'],
  'daemon/actuation': ['daemon/protocol', 'daemon/platform'],
  'daemon/remote': ['daemon/protocol', 'daemon/platform', 'daemon/car'],
  'daemon/service': ['daemon/protocol', 'daemon/platform'],
  'daemon/recorder': ['daemon/protocol', 'daemon/platform'],
  'daemon/simulator': ['daemon/protocol', 'daemon/platform', 'daemon/car'],
  'daemon/status-screen': ['daemon/protocol'],
  'daemon/log': ['daemon/protocol', 'daemon/platform', 'daemon/service'],
  // What joins: the processes, and the phone with everything that it asks of.
  'daemon/children': ['daemon', 'daemon/*'],
  'daemon/phone': ['daemon', 'daemon/*'],
  daemon: ['daemon/*'],
  'daemon/benchmark': ['daemon', 'daemon/*'],
  'daemon/api-docs': ['daemon', 'daemon/*'],
  'daemon/doctor': ['daemon', 'daemon/*'],
  'daemon/cli': ['daemon', 'daemon/*'],
  'web-remote': ['daemon/protocol'],
};

/** The page on which a reader presses faults shows the mode machine itself: it is pure, and imports types alone. */
const alsoMayImport: Readonly<Record<string, string>> = {
  'web-remote/src/what-happens-if': 'daemon/planning/modes.ts',
};

/** `daemon/planning/pilots/x.ts` belongs to `daemon/planning`; `daemon/main.ts` to `daemon`. */
function folderOf(file: string): string {
  const parts = file.split('/');
  if (parts[0] !== 'daemon') return parts[0] ?? '';
  return parts.length > 2 ? `daemon/${parts[1]}` : 'daemon';
}

function violations(files: readonly { file: string; text: string }[]): string[] {
  const found: string[] = [];
  for (const { file, text } of files) {
    const from = folderOf(file);
    const allowed = mayImport[from];
    if (allowed === undefined) {
      found.push(`${file}: the folder ${from} is not in the import table`);
      continue;
    }
    for (const match of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
      const target = relative(root, join(root, dirname(file), match[1] ?? ''));
      if (alsoMayImport[dirname(file)] === target) continue;
      const to = folderOf(relative(root, join(root, dirname(file), match[1] ?? '')));
      const fits = to === from || allowed.some((a) => a === to || (a === 'daemon/*' && to.startsWith('daemon/')));
      if (!fits) found.push(`${file} imports ${to}, which ${from} may not`);
    }
  }
  return found;
}

/** It sets how much stack native code has, which nobody can after the first library is loaded in a thread. */
const foreignFunctions = 'daemon/platform/foreign-functions.ts';

function directForeignCalls(files: readonly { file: string; text: string }[]): string[] {
  return files
    .filter(({ file, text }) => file !== foreignFunctions && /(?:\bfrom|\bimport|\))\s*\(?\s*['"]koffi\b/.test(text))
    .map(({ file }) => file);
}

function sources(): { file: string; text: string }[] {
  return ['daemon', 'web-remote'].flatMap((top) =>
    readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !/\.(test|contract|config)\.ts$/.test(name))
      .filter((name) => !/(^|\/)(testing|node_modules|dist)\//.test(name))
      .map((name) => ({ file: `${top}/${name}`, text: readFileSync(join(root, top, name), 'utf8') })),
  );
}

test('imports follow the table', () => {
  const files = sources();
  expect(files.length).toBeGreaterThan(40);
  expect(violations(files)).toEqual([]);
});

test('a planted violation is caught', () => {
  const planted = [
    { file: 'daemon/actuation/planted.ts', text: "import { x } from '../planning/modes.ts';" },
    { file: 'daemon/planning/pilots/planted.ts', text: "const x = await import('../../simulator/world.ts');" },
    { file: 'web-remote/planted.tsx', text: "import type { X } from '../daemon/car/config.ts';" },
    { file: 'daemon/elsewhere/planted.ts', text: '' },
  ];
  expect(violations(planted)).toHaveLength(4);
});

test('native libraries are called by way of one file alone', () => {
  const files = sources();
  expect(files.map(({ file }) => file)).toContain(foreignFunctions);
  expect(directForeignCalls(files)).toEqual([]);
  const { text } = files.find(({ file }) => file === foreignFunctions)!;
  const planted = [
    { file: 'daemon/board/planted.ts', text },
    { file: 'daemon/service/planted.ts', text: "const { load } = await import('koffi');" },
    { file: 'daemon/cli/planted.ts', text: "const koffi = createRequire(import.meta.url)('koffi');" },
  ];
  expect(directForeignCalls(planted)).toEqual(planted.map(({ file }) => file));
});

test('what drives the wheels knows no time of day, which may jump', () => {
  const driving = sources().filter(({ file }) => /^daemon\/(planning|actuation)\//.test(file));
  expect(driving.length).toBeGreaterThan(40);
  const clock = /\bDate\b|performance\.now/;
  expect(driving.filter(({ text }) => clock.test(text)).map(({ file }) => file)).toEqual([]);
  expect(clock.test('const age = Date.now() - then;')).toBe(true);
});

test('what the terminal prints is spelt with the quotation marks of a keyboard, so that it can be searched for', () => {
  const typographic = /[\u2018\u2019\u201c\u201d]/;
  const printing = sources().filter(({ file }) => file.startsWith('daemon/'));
  expect(printing.filter(({ text }) => typographic.test(text)).map(({ file }) => file)).toEqual([]);
  expect(typographic.test('the car’s own')).toBe(true);
});
