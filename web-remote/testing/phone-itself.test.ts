import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { type EventCode, eventTexts } from '../../daemon/protocol/events.ts';
import { chromiumIsThere } from '../../test/harness/tools.ts';
import { openPage, phone } from './browser.ts';
import { connected, goTo, holdToArm, setHidden } from './page-car.ts';
import { stageWithCar, stageWithPage } from './stage.ts';

/** What the page does with the phone itself: it shakes it, and keeps its screen on. Both are the test's own here. */
const patienceMs = 60_000;
const critical = [140, 70, 140];
const warning = [60];
const tick = [40];

async function putInVibration(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shakes: unknown[] = [];
    let told = '';
    Object.assign(window, { shakes, wasTold: (words: string) => told.includes(words) });
    // What is told goes by itself, perhaps before a busy test looks.
    new MutationObserver(() => {
      for (const alert of document.querySelectorAll('.alert')) told += `${alert.textContent}\n`;
    }).observe(document, { childList: true, subtree: true, characterData: true });
    // By the browser's own count, a test that looks at the page has touched it.
    const userActivation = { hasBeenActive: false };
    Object.defineProperty(navigator, 'userActivation', { value: userActivation });
    window.addEventListener('pointerdown', () => {
      userActivation.hasBeenActive = true;
    });
    Object.defineProperty(navigator, 'vibrate', { value: (pattern: unknown) => shakes.push(pattern) > 0 });
  });
}

/** Since the last call. */
const takeShakes = (page: Page): Promise<unknown[]> => page.evaluate(() => Reflect.get(window, 'shakes').splice(0));

describe.skipIf(!chromiumIsThere())('the phone shakes', { timeout: 2 * patienceMs }, () => {
  const stage = stageWithPage({ patienceMs, prepare: putInVibration });
  beforeEach(() => connected(stage.page));

  /** Resolves when the page has told it; it has shaken then, if it does. */
  const told = (words: string) => stage.page.waitForFunction((asked) => Reflect.get(window, 'wasTold')(asked), words);
  async function tell(code: EventCode): Promise<void> {
    stage.car.remote?.sendEvent({ code, atMs: 0 });
    await told(eventTexts[code].text);
  }
  const touch = () => stage.page.getByTestId('frame-id').click({ force: true });

  test('once when the car is armed, longer for trouble, and not for what needs nobody', async () => {
    const { page } = stage;
    await holdToArm(page);
    await told(eventTexts.armed.text);
    expect(await takeShakes(page)).toEqual([tick]);
    await tell('driver-late');
    await tell('battery-low');
    expect(await takeShakes(page)).toEqual([warning, warning]);
    await tell('driver-lost');
    expect(await takeShakes(page)).toEqual([critical]);
    await page.getByTestId('stop').click();
    await page.getByTestId('release-stop').waitFor();
    expect(await takeShakes(page)).toEqual([critical]);
    await tell('battery-good');
    expect(await takeShakes(page)).toEqual([]);
  });

  test('when another phone asks to drive', async () => {
    const { browser, car, page } = stage;
    await touch();
    const other = await openPage(browser, car.url, { ...phone, viewport: { width: 844, height: 390 } });
    await other.page.getByTestId('ask-to-drive').click();
    await page.getByTestId('asking').waitFor();
    expect(await takeShakes(page)).toEqual([warning]);
    await other.page.context().close();
  });

  test('not in a pocket: what comes while the page is hidden is only shown', async () => {
    const { page } = stage;
    await touch();
    await setHidden(page, true);
    await tell('camera-stalled');
    await tell('battery-low');
    await setHidden(page, false);
    expect(await takeShakes(page)).toEqual([]);
    await tell('hot');
    expect(await takeShakes(page)).toEqual([warning]);
  });

  test('not before the first touch, which browsers would complain of', async () => {
    const { page } = stage;
    await tell('camera-stalled');
    expect(await takeShakes(page)).toEqual([]);
    await touch();
    await tell('battery-low');
    expect(await takeShakes(page)).toEqual([warning]);
  });

  test('not where that is switched off, also after the page was opened anew', async () => {
    const { page } = stage;
    await goTo(page, 'setup/display', 'toggle-haptics');
    await page.getByTestId('toggle-haptics').uncheck();
    await tell('camera-stalled');
    expect(await takeShakes(page)).toEqual([]);
    await page.reload();
    await connected(page);
    await page.locator('.setup-page h1').click();
    await tell('battery-low');
    expect(await takeShakes(page)).toEqual([]);
    await page.getByTestId('toggle-haptics').check();
    await tell('hot');
    expect(await takeShakes(page)).toEqual([warning]);
  });
});

/** As browsers do: gives as many as are asked for, takes them all when the page is hidden; `askings` counts. */
async function putInWakeLock(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const locks = { held: 0, askings: 0 };
    let releases: (() => void)[] = [];
    Object.assign(window, { locks });
    const request = async (): Promise<object> => {
      locks.askings++;
      if (document.hidden) throw new DOMException('the page is not visible', 'NotAllowedError');
      locks.held++;
      const lock = { released: false, release: async () => release() };
      const release = (): void => {
        if (!lock.released) locks.held--;
        lock.released = true;
      };
      releases.push(release);
      return lock;
    };
    Object.defineProperty(navigator, 'wakeLock', { value: { request } });
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) return;
      for (const release of releases) release();
      releases = [];
    });
  });
}

describe.skipIf(!chromiumIsThere())('the screen stays on', { timeout: 2 * patienceMs }, () => {
  const stage = stageWithCar({ patienceMs });
  const locks = (page: Page): Promise<{ held: number; askings: number }> =>
    page.evaluate(() => ({ ...Reflect.get(window, 'locks') }));
  const eventuallyHeld = (page: Page) => expect.poll(async () => (await locks(page)).held, { timeout: patienceMs / 2 });

  async function open(): Promise<Page> {
    const { page } = await openPage(stage.browser, stage.car.url, phone, putInWakeLock);
    await connected(page);
    await page.locator('[data-testid=mode][data-mode=disarmed]').waitFor();
    return page;
  }

  test('while the car is armed, and no longer', async () => {
    const page = await open();
    expect(await locks(page)).toEqual({ held: 0, askings: 0 });
    await holdToArm(page);
    await eventuallyHeld(page).toBe(1);
    await page.getByTestId('arm').click();
    await page.locator('[data-testid=mode][data-mode=disarmed]').waitFor();
    await eventuallyHeld(page).toBe(0);
    expect((await locks(page)).askings).toBe(1);
    await page.context().close();
  });

  test('is asked for again when a page comes back that was hidden, and once', async () => {
    const page = await open();
    await holdToArm(page);
    await eventuallyHeld(page).toBe(1);
    await setHidden(page, true);
    await eventuallyHeld(page).toBe(0);
    // Ten times a second telemetry says anew that the car is armed.
    const frame = Number(await page.getByTestId('frame-id').textContent());
    await expect
      .poll(async () => Number(await page.getByTestId('frame-id').textContent()), { timeout: patienceMs / 2 })
      .toBeGreaterThan(frame + 4);
    expect(await locks(page)).toEqual({ held: 0, askings: 1 });
    await setHidden(page, false);
    await eventuallyHeld(page).toBe(1);
    expect((await locks(page)).askings).toBe(2);
    await page.context().close();
  });

  test('is not asked for again by a page that comes back to a car which is disarmed', async () => {
    const page = await open();
    await holdToArm(page);
    await eventuallyHeld(page).toBe(1);
    await setHidden(page, true);
    stage.car.mode = 'disarmed';
    await page.locator('[data-testid=mode][data-mode=disarmed]').waitFor();
    await setHidden(page, false);
    expect(await locks(page)).toEqual({ held: 0, askings: 1 });
    await page.context().close();
  });

  test('is let go of when that is switched off, and when the car is lost', async () => {
    const page = await open();
    await holdToArm(page, 'manual');
    await eventuallyHeld(page).toBe(1);
    await goTo(page, 'setup/display', 'toggle-keepAwake');
    await page.getByTestId('toggle-keepAwake').uncheck();
    await eventuallyHeld(page).toBe(0);
    await page.getByTestId('toggle-keepAwake').check();
    await eventuallyHeld(page).toBe(1);
    await stage.car.close();
    await page.getByTestId('connection').filter({ hasText: 'lost' }).waitFor();
    await eventuallyHeld(page).toBe(0);
    await page.context().close();
  });
});
