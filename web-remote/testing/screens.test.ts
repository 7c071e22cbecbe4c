import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumIsThere } from '../../test/harness/tools.ts';
import { launchBrowser, openPage, screenSizes } from './browser.ts';
import { FakeCar } from './fake-car.ts';
import { holdToArm } from './page-car.ts';
import { layoutFaults, stopFaults } from './page-faults.ts';

/**
 * Every state of the page on every size of screen: nothing cut off, nothing too small for a thumb, nothing off the
 * screen. Leaves pictures of all of them, dark and light, in dist/screens, for eyes to judge the rest.
 */
const folder = join(import.meta.dirname, '..', '..', 'dist', 'screens');
describe.skipIf(!chromiumIsThere())('on every screen', () => {
  let browser: Browser;

  beforeAll(async () => {
    await mkdir(folder, { recursive: true });
    browser = await launchBrowser();
  }, 60_000);

  afterAll(async () => {
    await browser.close();
  });

  test.each(Object.entries(screenSizes))(
    '%s: every state fits the screen and the thumb',
    { timeout: 240_000 },
    async (size, options) => {
      const car = await FakeCar.start();
      const { page, complaints } = await openPage(browser, car.url, { ...options, reducedMotion: 'reduce' });
      const stopBoxes = new Set<string>();
      const judge = async (name: string, of: Page = page): Promise<void> => {
        expect.soft([...(await layoutFaults(of)), ...(await stopFaults(of))], `${size} ${name}`).toEqual([]);
        const box = await of.getByTestId('stop').boundingBox();
        stopBoxes.add(JSON.stringify([box?.x, box?.y, box?.width, box?.height].map((side) => Math.round(side ?? 0))));
        for (const colorScheme of ['dark', 'light'] as const) {
          await of.emulateMedia({ colorScheme });
          await of.screenshot({ path: join(folder, `${size}-${name}-${colorScheme}.png`) });
        }
      };
      const level = (name: string) => page.locator(`[data-testid=picture-age][data-level=${name}]`).waitFor();
      await page.locator('[data-testid=picture-age]:not([data-level=none])').waitFor();
      await judge('1-disarmed');

      car.obstacles = [
        { code: 'detector-not-ready', text: 'The detector is loading', cure: 'Wait a moment' },
        { code: 'camera-not-streaming', text: 'The camera is stalled', cure: 'Check the camera' },
        { code: 'no-track', text: 'No track in sight', cure: 'Put the car on the track, facing along it' },
      ];
      await page.getByTestId('arm-reasons').filter({ hasText: 'No track' }).waitFor();
      await judge('2-reasons');
      car.obstacles = [];
      await page.getByTestId('arm-reasons').filter({ hasNotText: 'No track' }).waitFor();

      await holdToArm(page);
      await pushStick(page);
      await expect.poll(() => car.speedMps, { timeout: 30_000 }).toBeGreaterThan(0.8);
      await judge('3-manual');
      await page.mouse.up();

      await page.getByTestId('mode-auto').click();
      await page.getByTestId('mode').filter({ hasText: 'Auto' }).waitFor();
      await judge('4-auto');
      await page.getByTestId('details').click();
      await page.getByTestId('details-sheet').waitFor();
      await judge('5-details');
      await page.getByTestId('details').click();

      for (const [name, at] of [
        ['10-telemetry', 'telemetry'],
        ['11-set-up', 'setup'],
        ['12-steering', 'setup/steering'],
        ['13-gamepad', 'setup/gamepad'],
        ['14-display', 'setup/display'],
      ] as const) {
        await page.evaluate((hash) => {
          location.hash = hash;
        }, `#/${at}`);
        await page.locator('.screen .page').getByRole('heading').first().waitFor({ state: 'attached' });
        await judge(name);
      }
      await page.getByTestId('go-drive').click();
      await page.locator('[data-testid=picture-age]:not([data-level=none])').waitFor();

      car.remote?.sendEvent({ code: 'camera-stalled', atMs: 0 });
      car.remote?.sendEvent({ code: 'detections-late', atMs: 0 });
      car.cameraStalled = true;
      await level('frozen');
      await judge('6-frozen');
      car.cameraStalled = false;

      await page.getByTestId('stop').click();
      await page.getByTestId('release-stop').waitFor();
      await judge('7-stopped');

      const second = await openPage(browser, car.url, { ...options, reducedMotion: 'reduce' });
      await second.page.getByTestId('take-over').waitFor();
      await judge('8-watching', second.page);
      await second.page.context().close();

      expect(complaints).toEqual([]);
      await car.close();
      await page.getByTestId('connection').filter({ hasText: 'lost' }).waitFor();
      await judge('9-lost');
      expect([...stopBoxes].slice(1), `the stop keeps its place and its size: ${[...stopBoxes][0]}`).toEqual([]);
      await page.context().close();
    },
  );
});

/** Whichever stick gives throttle, up. */
async function pushStick(page: Page): Promise<void> {
  const pad = await page.locator('[data-testid=stick], [data-testid=stick-throttle]').boundingBox();
  if (pad === null) throw new Error('no stick on the page');
  const at = { x: pad.x + pad.width / 2, y: pad.y + pad.height / 2 };
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  await page.mouse.move(at.x - 30, at.y - 60, { steps: 4 });
}
