import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { launchBrowser, openPage } from './browser.ts';
import { FakeCar } from './fake-car.ts';

/** Pictures of every state of the page, in three sizes, light and dark, into the folder given. */
const sizes = {
  portrait: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
  landscape: { viewport: { width: 844, height: 390 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
  kiosk: { viewport: { width: 1024, height: 600 }, deviceScaleFactor: 1 },
  small: { viewport: { width: 360, height: 560 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
} as const;

const folder = process.env['SCREENS'] ?? join(import.meta.dirname, '..', '..', 'dist', 'screens');
await mkdir(folder, { recursive: true });
const car = await FakeCar.start();
const browser = await launchBrowser();

for (const [size, options] of Object.entries(sizes)) {
  for (const colorScheme of ['dark', 'light'] as const) {
    const { page, complaints } = await openPage(browser, car.url, { ...options, colorScheme });
    const shoot = (name: string) => page.screenshot({ path: join(folder, `${size}-${colorScheme}-${name}.png`) });
    await page.getByTestId('frame-id').filter({ hasText: /\d/ }).waitFor();
    await page
      .getByTestId('picture-age')
      .filter({ hasText: /\d+ ms/ })
      .waitFor();

    await shoot('1-disarmed');
    car.obstacles = [
      { code: 'detector-not-ready', text: 'The detector is loading', cure: 'Wait a moment' },
      { code: 'camera-not-streaming', text: 'The camera is stalled', cure: 'Check the camera' },
      { code: 'no-track', text: 'No track in sight', cure: 'Put the car on the track, facing along it' },
    ];
    await page.getByTestId('arm-reasons').filter({ hasText: 'No track' }).waitFor();
    await shoot('2-reasons');
    car.obstacles = [];
    await page.getByTestId('arm-reasons').filter({ hasNotText: 'No track' }).waitFor();

    await arm(page);
    const release = await holdStick(page);
    await page.waitForFunction(() => Number(document.querySelector('[data-testid=speed]')?.textContent) > 0.8);
    await shoot('3-manual');
    await release();

    await page.getByTestId('mode-auto').click();
    await page.getByTestId('mode').filter({ hasText: 'Auto' }).waitFor();
    await page.getByTestId('details').click();
    await page.getByTestId('details-sheet').waitFor();
    await shoot('4-auto-details');
    await page.getByTestId('details').click();

    car.extraAgeMs = 180;
    await page.waitForFunction(
      () => document.querySelector('[data-testid=picture-age]')?.getAttribute('data-level') === 'late',
    );
    car.remote?.sendEvent({ code: 'detections-late', atMs: 0 });
    await page.getByTestId('alerts').filter({ hasText: 'Detector late' }).waitFor();
    await shoot('5-late');
    car.extraAgeMs = 0;

    car.cameraStalled = true;
    car.remote?.sendEvent({ code: 'camera-stalled', atMs: 0 });
    await page.waitForFunction(
      () => document.querySelector('[data-testid=picture-age]')?.getAttribute('data-level') === 'frozen',
    );
    await shoot('6-frozen');
    car.cameraStalled = false;

    await page.getByTestId('stop').click();
    await page.getByTestId('release-stop').waitFor();
    await shoot('7-stopped');
    await page.getByTestId('release-stop').click();
    await page.getByTestId('arm').waitFor();

    const port = car.remote?.address.port ?? 0;
    const second = await openPage(browser, car.url, { ...options, colorScheme });
    await second.page.getByTestId('take-over').waitFor();
    await second.page.screenshot({ path: join(folder, `${size}-${colorScheme}-8-watching.png`) });
    await second.page.context().close();
    await car.close();
    await page.getByTestId('connection').filter({ hasText: 'lost' }).waitFor();
    await shoot('9-lost');
    if (complaints.length > 0) console.error(size, colorScheme, complaints);
    await page.context().close();
    await car.open(port);
  }
}
await browser.close();
await car.close();
console.log(folder);

async function arm(page: Page): Promise<void> {
  const button = await page.getByTestId('arm').boundingBox();
  if (button === null) throw new Error('no arm button');
  await page.mouse.move(button.x + button.width / 2, button.y + button.height / 2);
  await page.mouse.down();
  await page.getByTestId('mode').filter({ hasText: 'Manual' }).waitFor();
  await page.mouse.up();
}

/** Pushes whichever stick gives throttle up, and holds it. */
async function holdStick(page: Page): Promise<() => Promise<void>> {
  const pad = await page.locator('[data-testid=stick], [data-testid=stick-throttle]').boundingBox();
  if (pad === null) throw new Error('no stick');
  const at = { x: pad.x + pad.width / 2, y: pad.y + pad.height / 2 };
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  await page.mouse.move(at.x - 30, at.y - 60, { steps: 4 });
  return () => page.mouse.up();
}
