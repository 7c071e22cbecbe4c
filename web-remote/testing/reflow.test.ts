import type { Locator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { type EventCode, eventTexts } from '../../daemon/protocol/events.ts';
import { chromiumIsThere } from '../../test/harness/tools.ts';
import { openPage, phone, screenSizes } from './browser.ts';
import { connected, everyScreen, goTo, setHidden } from './page-car.ts';
import { coveredByAlerts, cutWords, layoutFaults, sideways, stopFaults, unreadLines } from './page-faults.ts';
import { stageWithCar } from './stage.ts';

/**
 * Whoever needs larger letters or more room between them: the page at twice to four times its size (WCAG 2.2, 1.4.4 and
 * 1.4.10), and with the spacing of 1.4.12.
 */
const patienceMs = 60_000;
const eventCodes = Object.keys(eventTexts) as EventCode[];
describe.skipIf(!chromiumIsThere())('larger', { timeout: 4 * patienceMs }, () => {
  const stage = stageWithCar({ patienceMs });

  test.each([
    ['a phone at twice its size', { width: 195, height: 422 }],
    ['a phone on its side at twice its size', { width: 422, height: 195 }],
    ['a window at four times its size', { width: 320, height: 256 }],
  ])('%s: every word is whole, nothing scrolls sideways, Stop stays in sight', async (_name, viewport) => {
    const { browser, car } = stage;
    for (const locale of ['vi-VN', 'en-GB']) {
      const { page, complaints } = await openPage(browser, car.url, { ...phone, viewport, locale });
      await connected(page);
      for (const [at, there] of everyScreen) {
        await goTo(page, at, there);
        const faults = [...(await cutWords(page)), ...(await sideways(page)), ...(await layoutFaults(page))];
        expect
          .soft(
            faults.filter((fault) => !isScrolledTo(fault)),
            `${locale} ${at}`,
          )
          .toEqual([]);
        const stop = await page.getByTestId('stop').boundingBox();
        expect.soft(Math.min(stop?.width ?? 0, stop?.height ?? 0), `${locale} ${at}`).toBeGreaterThanOrEqual(64);
        expect.soft((stop?.y ?? 0) + (stop?.height ?? 0), `${locale} ${at}`).toBeLessThanOrEqual(viewport.height);
      }
      expect(complaints).toEqual([]);
      await page.context().close();
    }
  });

  test.each([
    ['a phone at twice its size', { width: 195, height: 422 }],
    ['a phone on its side at twice its size', { width: 422, height: 195 }],
    ['a window at four times its size', { width: 320, height: 256 }],
    ['a phone on its side', { width: 844, height: 390 }],
  ])(
    '%s: messages leave what the screen is called, the way back and the picture’s age in sight',
    async (_name, viewport) => {
      const { browser, car } = stage;
      const { page } = await openPage(browser, car.url, { ...phone, viewport, locale: 'vi-VN' });
      await connected(page);
      for (const [at, there] of everyScreen) {
        await goTo(page, at, there);
        for (const code of ['camera-stalled', 'detector-failed'] as const) car.remote?.sendEvent({ code, atMs: 0 });
        await page.locator('.alert').nth(1).waitFor({ state: 'attached' });
        expect.soft(await coveredByAlerts(page, 'h1, .back, .bar *, .badge.age, .details'), at).toEqual([]);
      }
      await page.context().close();
    },
  );

  test.each([
    { width: 195, height: 422 },
    { width: 422, height: 195 },
    { width: 512, height: 300 },
    { width: 320, height: 256 },
    { width: 320, height: 480 },
    { width: 480, height: 320 },
    ...Object.values(screenSizes).map(({ viewport }) => viewport),
  ])('$width x $height: messages lie over neither stop, arm nor mode, and can be read whole', async (viewport) => {
    const { browser, car } = stage;
    const detail = `models/own/network.onnx: ${'the library says that a layer of it cannot be run here; '.repeat(6)}`;
    const { page } = await openPage(browser, car.url, { ...phone, viewport });
    await connected(page);
    // What nobody looks at does not go by itself: a slow machine takes longer than it is shown.
    await setHidden(page, true);
    car.remote?.sendEvent({ code: 'detector-failed', atMs: 0 });
    car.remote?.sendEvent({ code: 'model-refused', detail, atMs: 0 });
    await page.locator('.alert').nth(1).waitFor({ state: 'attached' });
    const driving = '.stop, .arm, .mode-switch, .mode-switch button, .badge.age, .details, .bar *';
    expect(await coveredByAlerts(page, driving)).toEqual([]);
    expect(await unreadLines(page)).toEqual([]);
    expect(await stopFaults(page)).toEqual([]);
    await page.context().close();
  });

  test('a phone at twice its size: reasons, quick settings, messages and the stick can be reached', async () => {
    const { browser, car } = stage;
    car.obstacles = [{ code: 'camera-not-streaming', text: 'The camera is stalled', cure: 'Check the camera' }];
    const { page } = await openPage(browser, car.url, { ...phone, viewport: { width: 195, height: 422 } });
    await page.getByTestId('arm-reasons').filter({ hasText: 'stalled' }).waitFor();
    const isOnTop = (shown: Locator) =>
      shown.evaluate((element) => {
        element.scrollIntoView({ block: 'nearest' });
        const { left, top, width, height } = element.getBoundingClientRect();
        return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
      });
    for (const testId of ['arm-reasons', 'stick', 'arm']) {
      await expect(isOnTop(page.getByTestId(testId)), testId).resolves.toBe(true);
    }
    await page.getByTestId('details').click();
    const inSheet = page.getByTestId('details-sheet').locator('button, input');
    await inSheet.first().waitFor();
    for (const control of await inSheet.all()) await expect(isOnTop(control)).resolves.toBe(true);
    await page.getByTestId('details').click();
    for (const code of eventCodes.slice(0, 5)) car.remote?.sendEvent({ code, atMs: 0 });
    await page.getByTestId('alerts').getByRole('button').first().click();
    await page.context().close();
  });

  test.each(Object.entries(screenSizes))('with wide spacing every word is whole: %s', async (_size, options) => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url, { ...options, locale: 'vi-VN' });
    await connected(page);
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(
        '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }' +
          'p { margin-bottom: 2em !important; }',
      );
      document.adoptedStyleSheets.push(sheet);
    });
    const spacing = () => page.getByTestId('mode').evaluate((mode) => getComputedStyle(mode).letterSpacing);
    await expect(spacing()).resolves.not.toBe('normal');
    for (const [at, there] of everyScreen) {
      await goTo(page, at, there);
      expect.soft([...(await cutWords(page)), ...(await sideways(page))], at).toEqual([]);
    }
    await page.context().close();
  });
});

/** What lies below the edge of what scrolls is reached by scrolling. */
function isScrolledTo(fault: string): boolean {
  return fault.startsWith('off the screen');
}
