import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verify } from './models-verify.ts';
import { listen, middle, named, networkBench } from './testing/network-bench.ts';

const { folder, plainPhoto, save, top } = networkBench('models-verify');

describe('models verify', () => {
  const options = { score: 0.25, iou: 0.45, threads: 1 };

  it('is content with what could be right, and draws it', async () => {
    const { said, output } = listen();
    const photos = [await plainPhoto('one.png')];
    const out = join(folder(), 'seen');
    expect(await verify({ ...options, network: save('good', named), photos, out }, output)).toBe(0);
    expect(said.out).toMatch(/stop sign +0\.75.*is plausible: what it sees could be right, 100 % of it in the mirror/s);
    expect(readdirSync(out)).toEqual(['one.jpg']);
  });

  it('says what is suspicious, with exit code 1, and in JSON', async () => {
    const { said, output } = listen();
    const network = save('bad', named, { ...middle, centreX: 8 });
    const photos = [await plainPhoto('one.png'), await plainPhoto('two.png', '#999')];
    expect(await verify({ ...options, network, photos, json: true }, output)).toBe(1);
    const document = JSON.parse(said.out);
    expect(document).toMatchObject({ layout: 'yolov8', plausible: false, mirrorAgreement: 0 });
    expect(document.findings.map(({ kind }: { kind: string }) => kind)).toEqual(['same-everywhere', 'mirror-differs']);
    expect(document.inputs[1]).toMatchObject({ widthPx: 128, detections: [{ label: 'stop sign' }] });
  });

  it('says that one photo tells less, also one that is given twice', async () => {
    const network = save('good', named);
    const said = async (...photos: string[]) => {
      const heard = listen();
      await verify({ ...options, network, photos }, heard.output);
      return heard.said.out;
    };
    const [one, two] = [await plainPhoto('one.png'), await plainPhoto('two.png', '#999')];
    expect(await said(one)).toMatch(/note: one photo says less than two: .*Give it more\n/);
    expect(await said(one, one)).toMatch(/one photo says less/);
    expect(await said(one, two)).not.toMatch(/says less/);
  });

  it('refuses photos that cannot be read', async () => {
    const network = save('good', named);
    await expect(verify({ ...options, network, photos: ['none.jpg'] }, listen().output)).rejects.toThrow(/none\.jpg/);
    await expect(verify({ ...options, network, photos: ['/dev/zero'] }, listen().output)).rejects.toThrow(
      /the picture \/dev\/zero is a device or a pipe/,
    );
    const loop = join(folder(), 'loop.png');
    symlinkSync(loop, loop);
    await expect(verify({ ...options, network, photos: [loop] }, listen().output)).rejects.toThrow(
      /loop\.png cannot be read \(ELOOP\)/,
    );
  });

  it('does not begin where a drawn picture would take the place of a photo', async () => {
    const { said, output } = listen();
    const network = save('good', named);
    const photos = [await plainPhoto('kept.jpg')];
    const before = readFileSync(photos[0]!);
    await expect(verify({ ...options, network, photos, out: top }, output)).rejects.toThrow(
      /kept\.jpg is the picture .* itself and is not overwritten\. Change --out/,
    );
    expect(said).toEqual({ out: '', err: '' });
    expect(readFileSync(photos[0]!).equals(before)).toBe(true);
  });
});
