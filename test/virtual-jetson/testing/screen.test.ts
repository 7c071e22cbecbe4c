import font from 'oled-font-5x7';
import { expect, it } from 'vitest';
import { drawLines } from '../../../daemon/status-screen/status-picture.ts';
import { readLine } from './screen.ts';

it('reads on a screen what was drawn on it', () => {
  const lines = ['192.168.1.23:8080', 'disarmed     7.8V 75%', '', 'camera'];
  const bytes = drawLines(lines, 32, font);
  const picture = Array.from({ length: 32 }, (_, row) =>
    Array.from({ length: 128 }, (_each, column) =>
      ((bytes[Math.floor(row / 8) * 128 + column] ?? 0) >> (row % 8)) & 1 ? '#' : ' ',
    ).join(''),
  );
  expect([0, 1, 2, 3].map((line) => readLine(picture, line))).toEqual(lines);
  expect(readLine(picture.with(12, '#'.repeat(128)), 1)).toMatch(/\?/);
});
