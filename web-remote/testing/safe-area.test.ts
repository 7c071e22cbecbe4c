import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { chromiumIsThere } from '../../test/harness/tools.ts';
import { openPage, phone } from './browser.ts';
import { connected, everyScreen, goTo } from './page-car.ts';
import { cutWords, layoutFaults, sideways, stopFaults } from './page-faults.ts';
import { stageWithCar } from './stage.ts';

/** A screen with rounded corners, a notch and a bar for gestures, as an installed page has all of it to itself. */
const patienceMs = 60_000;

interface Insets {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** What has to be read or pressed and reaches into a part of the screen that is cut out, or taken by the system. */
function outside(page: Page, insets: Insets): Promise<string[]> {
  return page.evaluate(({ top, right, bottom, left }) => {
    const faults: string[] = [];
    for (const element of document.querySelectorAll(
      'button, a, input, select, h1, h2, p, .stick-pad, .status, .badge',
    )) {
      if (!element.checkVisibility({ visibilityProperty: true }) || element.closest('.unseen') !== null) continue;
      const box = element.getBoundingClientRect();
      if (box.width === 0) continue;
      const scrolls = element.closest('.page, .sheet, .reasons-card, .pairing') !== null;
      const isBeside = box.left < left - 0.5 || box.right > innerWidth - right + 0.5;
      const isPast = box.top < top - 0.5 || box.bottom > innerHeight - bottom + 0.5;
      if (isBeside || (!scrolls && isPast)) {
        faults.push(`${element.className || element.tagName} "${element.textContent}"`);
      }
    }
    return faults;
  }, insets);
}

async function withInsets(page: Page, insets: Insets): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setSafeAreaInsetsOverride', { insets });
  // Whatever stands elsewhere now has to have been laid out.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

const shapes: readonly (readonly [name: string, viewport: { width: number; height: number }, insets: Insets])[] = [
  ['upright', { width: 390, height: 844 }, { top: 59, right: 0, bottom: 34, left: 0 }],
  ['upright and short', { width: 360, height: 640 }, { top: 40, right: 0, bottom: 34, left: 0 }],
  ['on its side', { width: 844, height: 390 }, { top: 0, right: 59, bottom: 21, left: 59 }],
  ['on its side, the notch on the right', { width: 740, height: 360 }, { top: 0, right: 44, bottom: 21, left: 0 }],
];

describe.skipIf(!chromiumIsThere())('a screen with a notch', { timeout: 2 * patienceMs }, () => {
  const stage = stageWithCar({ patienceMs });

  test.each(shapes)('%s: nothing to be read or pressed lies under it', async (_name, viewport, insets) => {
    const { browser, car } = stage;
    const { page, complaints } = await openPage(browser, car.url, { ...phone, viewport, locale: 'vi-VN' });
    await connected(page);
    await withInsets(page, insets);
    for (const [at, there] of everyScreen) {
      await goTo(page, at, there);
      const faults = [
        ...(await outside(page, insets)),
        ...(await layoutFaults(page)),
        ...(await stopFaults(page)),
        ...(await cutWords(page)),
        ...(await sideways(page)),
      ];
      expect.soft(faults, at).toEqual([]);
    }
    await goTo(page, 'drive', 'details');
    await page.getByTestId('details').click();
    await page.getByTestId('details-sheet').waitFor();
    expect.soft(await outside(page, insets), 'quick settings').toEqual([]);
    await page.getByTestId('details').click();
    car.obstacles = [{ code: 'no-track', text: 'No track in sight', cure: 'Put the car on the track' }];
    await page.getByTestId('arm-reasons').getByRole('listitem').waitFor();
    car.remote?.sendEvent({ code: 'camera-stalled', atMs: 0 });
    await page.locator('.alert').waitFor();
    expect.soft(await outside(page, insets), 'reasons and messages').toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe.skipIf(!chromiumIsThere())('the door behind a notch', { timeout: 2 * patienceMs }, () => {
  const stage = stageWithCar({ patienceMs, host: '0.0.0.0' });

  test.each(shapes)('%s: pairing keeps clear of it', async (_name, viewport, insets) => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url, { ...phone, viewport });
    await page.getByTestId('pairing-code').waitFor();
    await withInsets(page, insets);
    expect(await outside(page, insets)).toEqual([]);
    await page.context().close();
  });
});
