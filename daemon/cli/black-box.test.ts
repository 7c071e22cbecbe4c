import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderForEachTest, testFolder } from '../../test/harness/test-folders.ts';
import { BlackBox } from '../recorder/black-box.ts';
import { writeBlackBox } from '../recorder/black-box-folder.ts';
import { blackBox } from './black-box.ts';

const folder = folderForEachTest(testFolder('jetson-car-black-box-command'));
const jpeg = Uint8Array.of(0xff, 0xd8, 7);

/** As a car writes it, that drove by itself and was stopped by hand. */
async function written(): Promise<string> {
  const box = new BlackBox();
  for (let atMs = 1000; atMs <= 11_000; atMs += 20) {
    const mode = atMs < 3000 ? 'manual' : atMs < 9000 ? 'auto' : 'estop';
    box.add('step', { mode, asked: {}, given: {} }, atMs);
    box.add('actuation', { report: {} }, atMs);
  }
  box.add('event', { event: { code: 'emergency-stop', atMs: 9000, detail: 'by the red phone' } }, 11_000);
  box.add('event', { event: { code: 'sails-were-set', atMs: 9500, detail: 'both' } }, 11_000);
  box.addPicture({ frameId: 1, capturedAtMs: 10_500 }, jpeg, 11_000);
  box.add('later-version', { what: 'nobody knows' }, 11_000);
  const kept = { lines: box.lines(11_000), reason: 'emergency-stop', writtenAt: new Date('2026-03-04T05:06:07Z') };
  const result = await writeBlackBox(folder(), kept);
  if (!('file' in result)) throw new Error(result.trouble);
  return result.file;
}

describe('a black box', () => {
  test('tells what happened, and writes its pictures', async () => {
    const file = await written();
    const out = join(folder(), 'seen');
    expect(blackBox(file, { out }, folder()).split('\n')).toEqual([
      'black-box-2026-03-04T05-06-07.000-emergency-stop.jsonl: the last 10.0 s',
      '  -10.00 s  mode manual',
      '   -8.00 s  mode manual → auto',
      '   -2.00 s  mode auto → estop',
      '    0.00 s  Stopped by hand (by the red phone)',
      '    0.00 s  sails-were-set (both)',
      `1 picture; they are in ${out}, named by their time`,
      '',
    ]);
    const [picture = ''] = readdirSync(out);
    expect(new Uint8Array(readFileSync(join(out, picture)))).toEqual(jpeg);
  });

  test('is found by its name, and told as JSON', async () => {
    const file = await written();
    const name = file.slice(folder().length + 1);
    const told = JSON.parse(blackBox(name, { json: true }, folder()));
    expect(told).toMatchObject({ file, lengthS: 10, pictures: 1 });
    expect(told.happenings.slice(-2)).toEqual([
      { atS: 0, what: 'Stopped by hand (by the red phone)' },
      { atS: 0, what: 'sails-were-set (both)' },
    ]);
  });

  test('is suggested to whoever nearly names it', async () => {
    const name = (await written()).slice(folder().length + 1);
    expect(() => blackBox(name.replace('stop', 'spot'), {}, folder())).toThrow(`Did you mean ${name}?`);
  });

  test('is one of those that are listed', async () => {
    expect(blackBox(undefined, {}, folder())).toContain(`There is no black box in ${folder()}`);
    const file = await written();
    const name = file.slice(folder().length + 1);
    writeFileSync(join(folder(), 'black-box-half.jsonl.part'), '');
    expect(blackBox(undefined, {}, folder())).toBe(
      `${name}\nIn ${folder()}, the newest last. What happened: jetson-car black-box ${name}\n`,
    );
    expect(JSON.parse(blackBox(undefined, { json: true }, folder()))).toEqual({ folder: folder(), blackBoxes: [name] });
  });

  test.each<[string, () => string, RegExp]>([
    ['missing', () => join(folder(), 'none.jsonl'), /the black box .*none\.jsonl does not exist/],
    ['a folder', folder, /is a folder\. Name another\./],
    ['a letter', () => put('a letter'), /letter is no black box: line 1 is no JSON\. Right would be a black-box-TIME/],
    ['empty', () => put(''), /letter is no black box: it holds nothing that is known/],
    ['other JSON', () => put('{"a":1}\n[]\n3\n'), /letter is no black box: it holds nothing that is known/],
  ])('that is none is refused: %s', (_, file, reason) => {
    expect(() => blackBox(file(), {}, folder())).toThrow(reason);
  });

  test('has pictures only where one is named, and a folder can be written', async () => {
    expect(() => blackBox(undefined, { out: 'x' }, folder())).toThrow(/--out is for the pictures of one black box/);
    const file = await written();
    const taken = put('a letter');
    expect(() => blackBox(file, { out: taken }, folder())).toThrow(/letter is a file, not a folder\. Change --out\./);
    expect(existsSync(join(folder(), 'seen'))).toBe(false);
  });
});

function put(text: string): string {
  const file = join(folder(), 'letter');
  mkdirSync(folder(), { recursive: true });
  writeFileSync(file, text);
  return file;
}
