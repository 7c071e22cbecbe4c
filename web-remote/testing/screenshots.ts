import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCar } from '../../test/harness/running-car.ts';
import { launchBrowser } from './browser.ts';
import { FakeCar } from './fake-car.ts';
import { putInPad, setPad } from './page-car.ts';

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
  /** With the whole program and its simulated car, instead of a make-believe one. */
  readonly real?: true;
  readonly name: string;
  /** The address behind `#/`. */
  readonly at: string;
  readonly options?: { readonly colorScheme?: 'light'; readonly locale?: 'vi-VN' };
  readonly prepare?: (page: Page, car: FakeCar | undefined) => Promise<void>;
}

const shots: readonly Shot[] = [
  { name: 'drive-manual', at: 'drive', prepare: driveByHand },
  { name: 'drive-auto', at: 'drive', real: true, prepare: (page) => driveAuto(page) },
  { name: 'drive-light', at: 'drive', options: { colorScheme: 'light' }, prepare: driveByHand },
  {
    name: 'drive-reasons',
    at: 'drive',
    async prepare(page, car) {
      if (car === undefined) return;
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
      if (car === undefined) return;
      car.cameraStalled = true;
      car.remote?.sendEvent({ code: 'camera-stalled', atMs: 0 });
      await page.locator('[data-testid=picture-age][data-level=frozen]').waitFor();
    },
  },
  { name: 'drive-vietnamese', at: 'drive', options: { locale: 'vi-VN' }, prepare: driveByHand },
  {
    name: 'telemetry',
    at: 'drive',
    real: true,
    async prepare(page) {
      await driveAuto(page);
      await page.getByTestId('go-telemetry').click();
      await page.getByTestId('telemetry').waitFor();
      // Until it has gone round once.
      await expect
        .poll(() => page.locator('.survey canvas').getAttribute('data-cones'), { timeout: 60_000 })
        .toMatch(/^([3-9]\d|\d{3,})$/);
      await page
        .getByTestId('reading-laps')
        .filter({ hasText: /^\D*[1-9]/ })
        .waitFor({ timeout: 60_000 });
    },
  },
  { name: 'set-up', at: 'setup', prepare: (page) => page.getByTestId('setup').waitFor() },
  { name: 'set-up-steering', at: 'setup/steering' },
  {
    name: 'set-up-gamepad',
    at: 'setup/gamepad',
    prepare: (page) => setPad(page, { axes: [-0.6, 0, 0, 0], buttons: { 7: 0.8 } }),
  },
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
    test.runIf(name.includes(wanted))(name, { timeout: 180_000 }, async () => {
      const running = shot.real ? await startCar() : undefined;
      const fake = shot.real ? undefined : await FakeCar.start();
      await running?.until('the car to be ready', (health) => health.ready && health.framesPerSecond > 0);
      const context = await browser.newContext({
        ...screen,
        colorScheme: 'dark',
        ...shot.options,
        reducedMotion: 'reduce',
      });
      const page = await context.newPage();
      if (shot.name.includes('gamepad')) await putInPad(page);
      await page.goto(`${running?.url ?? fake?.url}#/${shot.at}`);
      await page.locator('[data-testid=connection][data-state=connected]').waitFor();
      if (shot.at === 'drive') await page.locator('[data-testid=picture-age]:not([data-level=none])').waitFor();
      await shot.prepare?.(page, fake);
      await page.evaluate(() => document.fonts.ready);
      const png = await page.screenshot();
      const small = await sharp(png).png({ palette: true, quality: 80, effort: 8 }).toBuffer();
      await writeFile(join(folder, `${name}.png`), small);
      await context.close();
      await fake?.close();
      await running?.end();
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
  await page.mouse.move(1, 1);
}

async function driveAuto(page: Page): Promise<void> {
  await page.getByTestId('mode-auto').click();
  await page.locator('[data-testid=arm][aria-disabled=false]').waitFor({ timeout: 60_000 });
  await hold(page, 'auto');
  await page.locator('.alert').first().waitFor({ state: 'detached' });
}

async function driveByHand(page: Page, car: FakeCar | undefined): Promise<void> {
  await hold(page, 'manual');
  const pad = await page.locator('[data-testid=stick], [data-testid=stick-throttle]').boundingBox();
  if (pad === null) throw new Error('no stick on the page');
  const at = { x: pad.x + pad.width / 2, y: pad.y + pad.height / 2 };
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  await page.mouse.move(at.x - 24, at.y - 44, { steps: 4 });
  await expect.poll(() => car?.speedMps ?? 0, { timeout: 30_000 }).toBeGreaterThan(0.6);
  await page.locator('.alert').first().waitFor({ state: 'detached' });
}
