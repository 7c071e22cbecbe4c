import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compareDetections, detectedSchema, shown } from '../detections.ts';

const payload = '/payload';
/** An emulated processor takes its time over each picture. */
const limitMs = 600_000;

test(
  'the shipped network sees in this machine what it saw where the release was made',
  () => {
    const folder = join(payload, shown.picturesFolder);
    const pictures = readdirSync(folder)
      .sort()
      .map((name) => join(folder, name));
    const model = join('/opt/jetson-car/current', shown.network);
    const options = ['detect', '--json', '--score', String(shown.score), '--model', model];
    const words = execFileSync('/usr/local/bin/jetson-car', [...options, ...pictures], { encoding: 'utf8' });
    const there = detectedSchema.parse(JSON.parse(words));
    const here = detectedSchema.parse(JSON.parse(readFileSync(join(payload, shown.answerFile), 'utf8')));
    const { agreed, worst, missing } = compareDetections(here, there);
    console.log(
      `${agreed} detections agree, at worst within ${worst.px.toFixed(3)} px and a score of ${worst.score.toFixed(5)}`,
    );
    expect(missing).toEqual([]);
    expect(agreed).toBeGreaterThan(0);
  },
  limitMs,
);
