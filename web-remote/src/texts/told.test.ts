import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { carEventSchema } from '../../../daemon/protocol/events.ts';
import { trouble, troubleCodes, troubleParameters } from '../../../daemon/protocol/troubles.ts';
import { alertOfEvent } from '../alert-list.ts';
import { languages } from './language.ts';
import { inWordsOfTrouble, obstacleWords } from './told.ts';

const { en, vi } = languages;
const others = Object.entries(languages).filter(([name]) => name !== 'en');
const project = join(import.meta.dirname, '..', '..', '..');

test.each(others)('%s has a sentence for all trouble, each with what fills it', (_name, { troubles }) => {
  if (troubles === undefined) throw new Error('the car speaks English');
  const filledBy = (sentence: string) => [...sentence.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).toSorted();
  for (const code of troubleCodes) {
    expect(troubles[code].trim(), code).not.toBe('');
    const mayHave: readonly string[] = troubleParameters[code];
    // A sentence may leave out what the English behind it says.
    expect(
      filledBy(troubles[code]).filter((name) => !mayHave.includes(name ?? '')),
      code,
    ).toEqual([]);
  }
  expect(new Set(Object.keys(troubles))).toEqual(new Set(troubleCodes));
  expect(new Set(Object.values(troubles)).size).toBe(troubleCodes.length);
});

/**
 * Whatever a page may be told of trouble has a code. By hand, where a sentence does not end a program that was started on a
 * terminal: there it goes on to the page, by an alert, a reason against arming, or a refusal of what the page asked.
 */
const toldToPages = [
  'daemon/perception/detector',
  'daemon/car/find-model.ts',
  'daemon/car/load-config.ts',
  'daemon/car/config-store.ts',
  'daemon/phone',
  'daemon/service/system-power.ts',
  'daemon/remote/api',
  'daemon/remote/pairing/device-file.ts',
  'daemon/actuation/pins',
  'daemon/actuation/config-check.ts',
];
/** Said on the terminal alone. */
const ofCommandsAlone = ['daemon/perception/detector/model/fold-preprocessing.ts'];
const uncoded = /new UserError\(/;

function sourcesIn(path: string): string[] {
  const whole = join(project, path);
  if (statSync(whole).isFile()) return [path];
  const names = readdirSync(whole, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.ts$/.test(name) && !/\.test\.ts$/.test(name)).map((name) => join(path, name));
}

test('trouble that reaches a page has a code', () => {
  const sources = toldToPages.flatMap(sourcesIn).filter((path) => !ofCommandsAlone.includes(path));
  expect(sources.length).toBeGreaterThan(80);
  const bare = sources.filter((path) =>
    readFileSync(join(project, path), 'utf8')
      .split('\n')
      .some((line) => uncoded.test(line)),
  );
  // A worker's answer without a code is one of a plain error.
  expect(bare).toEqual(['daemon/perception/detector/worker/worker-detector.ts']);
  for (const path of ofCommandsAlone) expect(readFileSync(join(project, path), 'utf8')).toMatch(uncoded);
});

test('a code is said in the language of the page, with the car’s own words behind it', () => {
  const text = 'a.onnx cannot be run: it is of opset 99';
  const refused = trouble('network-not-runnable', { file: 'a.onnx' });
  expect(inWordsOfTrouble(vi, text, refused)).toBe(`không chạy được mạng a.onnx (${text})`);
  expect(inWordsOfTrouble(en, text, refused)).toBe(text);
  const both = trouble('config-unfit', { file: 'car.yaml' }, [
    trouble('value-too-large', { field: 'a.b', most: 3 }),
    trouble('key-unknown', { field: 'c' }),
  ]);
  expect(inWordsOfTrouble(vi, 'x', both)).toBe(
    'cấu hình car.yaml không dùng được: a.b không được quá 3; không có mục c (x)',
  );
});

test('events tell the trouble, and every reason for a refusal, in the language of the page', () => {
  const forbidden = trouble('pin-forbidden', { pin: 'J41 pin 7' });
  const fault = alertOfEvent({ code: 'actuation-fault', atMs: 0, detail: 'no right', trouble: forbidden }, vi);
  expect(fault.text).toBe(
    'Mạch động cơ không trả lời: không có quyền dùng J41 pin 7: vào nhóm gpio rồi đăng nhập lại (no right)',
  );
  const obstacles = [
    { code: 'not-armed', text: 'The car is not armed', cure: 'Arm it first' },
    {
      code: 'detector-refused',
      text: 'a.onnx is none',
      cure: 'Check --model',
      trouble: trouble('network-not-onnx', { file: 'a.onnx' }),
    },
  ] as const;
  const refused = alertOfEvent(
    { code: 'mode-refused', atMs: 0, detail: 'The car is not armed; a.onnx is none', obstacles: [...obstacles] },
    vi,
  );
  expect(refused.text).toBe(
    'Không đổi được chế độ: Xe chưa mở khóa; Không nạp được bộ nhận dạng: ' +
      'a.onnx không phải mạng ONNX dùng được; hãy xuất lại mạng (a.onnx is none)',
  );
});

test('a reason says what exactly, where the car tells more than its code; the cure that fits is kept', () => {
  const stalled = {
    code: 'camera-not-streaming',
    text: 'no picture for 900 ms',
    cure: 'Check the network to the camera',
  };
  expect(obstacleWords(vi, stalled)).toEqual({
    text: 'Camera không gửi hình: không có hình trong 900 ms',
    cure: 'Kiểm tra mạng đến camera',
  });
  const plain = { code: 'camera-not-streaming', text: 'The camera is stalled', cure: 'Check the camera' };
  expect(obstacleWords(vi, plain)).toEqual({ text: 'Camera không gửi hình', cure: 'Kiểm tra camera' });
  const fault = { code: 'actuation-fault', text: 'Motor board: EACCES', cure: 'Check power and cable' };
  expect(obstacleWords(vi, fault).text).toBe('Mạch động cơ báo lỗi: không có quyền (EACCES)');
  expect(obstacleWords(en, stalled)).toEqual(stalled);
});

test('an event with a code that is newer than this page is told in the car’s own words', () => {
  const sent = { code: 'actuation-fault', atMs: 0, detail: 'x', trouble: { code: 'not-yet-known', parameters: {} } };
  const read = carEventSchema.parse(sent);
  expect(alertOfEvent(read, vi).text).toBe('Mạch động cơ không trả lời: x');
});
