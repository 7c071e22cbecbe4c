import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, openPage } from './browser.ts';
import { FakeCar } from './fake-car.ts';

/**
 * `npm run screenshots`: a picture of every screen in three sizes, for the README and docs/remote.md. SHOTS=part of a name
 * takes those alone.
 */
const folder = join(import.meta.dirname, '..', '..', 'docs', 'screens');
const wanted = process.env['SHOTS'] ?? '';
const sizes = {
  portrait: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1.5, hasTouch: true, isMobile: true },
  landscape: { viewport: { width: 844, height: 390 }, deviceScaleFactor: 1.5, hasTouch: true, isMobile: true },
  kiosk: { viewport: { width: 1024, height: 600 }, deviceScaleFactor: 1 },
} as const;

interface Shot {
  readonly name: string;
  /** The address behind `#/`. */
  readonly at: string;
  readonly options?: { readonly colorScheme?: 'light'; readonly locale?: 'vi-VN' };
  readonly prepare?: (page: Page, car: FakeCar) => Promise<void>;
}

const shots: readonly Shot[] = [
  { name: 'drive-manual', at: 'drive', prepare: driveByHand },
  { name: 'drive-auto', at: 'drive', options: { colorScheme: 'light' }, prepare: (page) => driveAuto(page) },
  {
    name: 'drive-reasons',
    at: 'drive',
    async prepare(page, car) {
      car.obstacles = [
        { code: 'camera-not-streaming', text: 'The camera is stalled', cure: 'Check the camera' },
        { code: 'no-track', text: 'No track in sight', cure: 'Put the car on the track, facing along it' },
      ];
      await page.getByTestId('arm-reasons').filter({ hasText: 'No track' }).waitFor();
    },
  },
  {
    name: 'drive-settings',
    at: 'drive',
    async prepare(page) {
      await page.getByTestId('details').click();
      await page.getByTestId('details-sheet').waitFor();
    },
  },
  {
    name: 'drive-frozen',
    at: 'drive',
    async prepare(page, car) {
      await page.locator('[data-testid=picture-age][data-level=fresh]').waitFor();
      car.cameraStalled = true;
      car.remote?.sendEvent({ code: 'camera-stalled', atMs: 0 });
      await page.locator('[data-testid=picture-age][data-level=frozen]').waitFor();
    },
  },
  { name: 'drive-vietnamese', at: 'drive', options: { locale: 'vi-VN' }, prepare: (page) => driveAuto(page) },
  {
    name: 'telemetry',
    at: 'drive',
    async prepare(page) {
      await driveAuto(page);
      await page.getByTestId('go-telemetry').click();
      await page.locator('[data-testid=telemetry]').waitFor();
      await page.waitForTimeout(9000);
    },
  },
  { name: 'set-up', at: 'setup', prepare: (page) => page.getByTestId('setup').waitFor() },
  { name: 'set-up-steering', at: 'setup/steering' },
  { name: 'set-up-gamepad', at: 'setup/gamepad' },
  { name: 'set-up-display', at: 'setup/display', options: { colorScheme: 'light' } },
];

let browser: Browser;
beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  browser = await launchBrowser();
}, 60_000);
afterAll(() => browser.close());

for (const [size, screen] of Object.entries(sizes)) {
  for (const shot of shots) {
    const name = `${shot.name}-${size}`;
    test.runIf(name.includes(wanted))(name, { timeout: 120_000 }, async () => {
      const car = await FakeCar.start();
      const { page, complaints } = await openPage(browser, `${car.url}#/${shot.at}`, {
        ...screen,
        colorScheme: 'dark',
        ...shot.options,
        reducedMotion: 'reduce',
      });
      await page.locator('[data-testid=connection][data-state=connected]').waitFor();
      if (shot.at === 'drive') await page.locator('[data-testid=picture-age]:not([data-level=none])').waitFor();
      await shot.prepare?.(page, car);
      await page.evaluate(() => document.fonts.ready);
      const png = await page.screenshot();
      await writeFile(
        join(folder, `${name}.png`),
        await sharp(png).png({ palette: true, quality: 80, effort: 8 }).toBuffer(),
      );
      await page.context().close();
      await car.close();
      expect(complaints).toEqual([]);
    });
  }
}

test.runIf(wanted === '')('there is no picture of a screen that is gone', async () => {
  const names = new Set(Object.keys(sizes).flatMap((size) => shots.map((shot) => `${shot.name}-${size}.png`)));
  for (const file of await readdir(folder)) if (!names.has(file)) await rm(join(folder, file));
});

async function hold(page: Page, mode: string): Promise<void> {
  await page.getByTestId('arm').hover();
  await page.mouse.down();
  await page.locator(`[data-testid=mode][data-mode=${mode}]`).waitFor();
  await page.mouse.up();
  await page.mouse.move(5, 300);
}

async function driveAuto(page: Page): Promise<void> {
  await page.getByTestId('mode-auto').click();
  await hold(page, 'auto');
  await page.locator('.alert').first().waitFor({ state: 'detached' });
}

async function driveByHand(page: Page, car: FakeCar): Promise<void> {
  await hold(page, 'manual');
  const pad = await page.locator('[data-testid=stick], [data-testid=stick-throttle]').boundingBox();
  if (pad === null) throw new Error('no stick on the page');
  const at = { x: pad.x + pad.width / 2, y: pad.y + pad.height / 2 };
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  await page.mouse.move(at.x - 24, at.y - 44, { steps: 4 });
  await expect.poll(() => car.speedMps, { timeout: 30_000 }).toBeGreaterThan(0.6);
  await page.locator('.alert').first().waitFor({ state: 'detached' });
}
