import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { samplesOf } from './harness/samples.ts';

const root = join(import.meta.dirname, '..');
const samples = samplesOf('tracks');

const report = z.object({
  completed: z.boolean(),
  laps: z.array(
    z.object({ timeS: z.number(), conesHit: z.number(), offTrack: z.boolean(), maxLateralErrorM: z.number() }),
  ),
  conesHit: z.number(),
  obstaclesHit: z.number(),
  wasOffTrack: z.boolean(),
  drivenM: z.number().optional(),
  ratioToLimit: z.number().nullable(),
});

function lap(...args: string[]): Promise<{ code: number | null; report: z.infer<typeof report> }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'scripts', 'jetson-car.js'), 'lap', '--json', ...args]);
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.once('close', (code) => {
      try {
        resolve({ code, report: report.parse(JSON.parse(output)) });
      } catch (error) {
        reject(new Error(`lap ${args.join(' ')} ended with ${code}: ${output}\n${errors}`, { cause: error }));
      }
    });
  });
}

const asWanted = {
  code: 0,
  report: { completed: true, conesHit: 0, wasOffTrack: false },
};

describe('the real detector drives rendered tracks on simulated time', { timeout: 300_000 }, () => {
  test.each([['forwards'], ['backwards']])('the built-in track, %s', async (direction) => {
    const drive = await lap('--laps', '2', ...(direction === 'backwards' ? ['--reverse'] : []));
    expect(drive).toMatchObject(asWanted);
    expect(drive.report.ratioToLimit).toBeLessThanOrEqual(1.6);
  });

  test('the same seed gives the same laps, another seed others', async () => {
    const first = await lap('--laps', '1', '--seed', '7');
    const again = await lap('--laps', '1', '--seed', '7');
    const other = await lap('--laps', '1', '--seed', '8');
    expect(again.report.laps).toEqual(first.report.laps);
    expect(other.report.laps).not.toEqual(first.report.laps);
  });

  const tracks = samples.areThere ? readdirSync(samples.folder).filter((name) => /\.(npy|csv|yaml)$/.test(name)) : [];
  const drives = tracks.flatMap((name) => [[name], [name, '--reverse']]);
  test.skipIf(!samples.areThere).each(drives)('%s %s', async (name, ...direction) => {
    const drive = await lap('--laps', '1', '--track', join(samples.folder, name!), ...direction);
    expect(drive).toMatchObject(asWanted);
    expect(drive.report.ratioToLimit).toBeLessThanOrEqual(1.6);
  });

  test('a person on the track is waited for, not run over', async () => {
    const drive = await lap('--laps', '1', '--obstacle', 'person@6');
    expect(drive.report).toMatchObject({
      completed: false,
      laps: [],
      obstaclesHit: 0,
      conesHit: 0,
      wasOffTrack: false,
    });
    expect(drive.report.drivenM, 'it drove up to the person').toBeGreaterThan(4);
    expect(drive.report.drivenM).toBeLessThan(6);
  });
});
