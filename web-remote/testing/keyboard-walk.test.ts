import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { chromiumIsThere } from '../../test/harness/tools.ts';
import { openPage, phone, screenSizes } from './browser.ts';
import { connected, everyScreen, goTo } from './page-car.ts';
import { keepToken, pairDevice, stageWithCar } from './stage.ts';

/** The whole page by keys alone: each control in its turn, and always to be seen which one has the focus. */
const patienceMs = 60_000;

/** What a person can work with, in the order in which Tab leads there. */
interface Stop {
  readonly name: string;
  readonly faults: readonly string[];
}

/** Everything that can be worked with on the page as it is. */
function controls(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const all = document.querySelectorAll<HTMLElement>('a[href], button, input, select, textarea');
    return [...all]
      .filter((control) => !control.matches(':disabled') && control.checkVisibility({ visibilityProperty: true }))
      .map((control, index) => {
        control.dataset['walk'] = String(index);
        return `${index} ${control.dataset['testid'] ?? (control.textContent || control.tagName)}`;
      });
  });
}

/** Within the page: whether the ring of what has the focus is whole, and does not run through words. */
function putInRingFaults(): void {
  const clips = (box: Element): boolean => {
    const { overflow, display } = getComputedStyle(box);
    return overflow !== 'visible' && display !== 'contents' && box !== document.body;
  };
  const clippers = (of: Element): Element[] => {
    const all: Element[] = [];
    for (let box = of; box.parentElement !== null && getComputedStyle(box).position !== 'fixed'; ) {
      box = box.parentElement;
      if (clips(box)) all.push(box);
    }
    return all;
  };
  Object.assign(window, {
    ringFaults(focused: HTMLElement): string[] {
      // What only scrolls holds words, and no ring of its own is drawn round them.
      if (focused.tabIndex === 0 && focused.matches('main')) return [];
      const { outlineWidth, outlineOffset } = getComputedStyle(focused);
      const [widthPx, outPx] = [Number.parseFloat(outlineWidth), Number.parseFloat(outlineOffset)];
      const box = focused.getBoundingClientRect();
      const grown = (px: number) => new DOMRect(box.x - px, box.y - px, box.width + 2 * px, box.height + 2 * px);
      const [outer, inner] = [grown(outPx + widthPx), grown(outPx)];
      // Half a pixel is nothing that is seen.
      const isIn = (one: DOMRect, other: DOMRect): boolean =>
        one.left >= other.left - 0.5 &&
        one.right <= other.right + 0.5 &&
        one.top >= other.top - 0.5 &&
        one.bottom <= other.bottom + 0.5;
      const faults = clippers(focused)
        .filter((clipper) => !isIn(outer, clipper.getBoundingClientRect()))
        .map((clipper) => `has its ring cut by ${clipper.className || clipper.tagName}`);
      if (!isIn(outer, new DOMRect(0, 0, innerWidth, innerHeight))) faults.push('has its ring cut by the window');
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
        const around = text.parentElement;
        if (around === null || around.closest('.unseen') || !around.checkVisibility({ visibilityProperty: true }))
          continue;
        const bounds = clippers(around).map((clipper) => clipper.getBoundingClientRect());
        const range = document.createRange();
        range.selectNodeContents(text);
        for (const line of range.getClientRects()) {
          // A line is higher than its letters.
          const top = Math.max(line.top + 4, ...bounds.map((bound) => bound.top));
          const bottom = Math.min(line.bottom - 4, ...bounds.map((bound) => bound.bottom));
          const letters = new DOMRect(line.left, top, line.width, bottom - top);
          const isClear =
            letters.right <= outer.left ||
            letters.left >= outer.right ||
            letters.bottom <= outer.top ||
            letters.top >= outer.bottom;
          if (letters.height <= 0 || isClear || isIn(letters, inner)) continue;
          const seen = document.elementFromPoint(letters.x + letters.width / 2, letters.y + letters.height / 2);
          if (seen?.contains(around)) faults.push(`has its ring run through "${text.textContent}"`);
        }
      }
      return faults;
    },
  });
}

/** Tab from the beginning to the end of the page. */
async function walk(page: Page, most: number): Promise<Stop[]> {
  await page.evaluate(() => {
    // Tab goes on from here, as from the browser's own bar.
    (document.activeElement as HTMLElement | null)?.blur();
    getSelection()?.removeAllRanges();
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute('tabindex');
  });
  await page.evaluate(putInRingFaults);
  const stops: Stop[] = [];
  for (let step = 0; step < most; step++) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const focused = document.activeElement;
      if (!(focused instanceof HTMLElement) || focused === document.body) return undefined;
      const faults: string[] = [];
      const { left, top, width, height } = focused.getBoundingClientRect();
      const style = getComputedStyle(focused);
      if (style.outlineStyle === 'none' || Number.parseFloat(style.outlineWidth) < 2)
        faults.push('has no visible focus');
      const at = { x: left + width / 2, y: top + height / 2 };
      const isInSight = at.x >= 0 && at.y >= 0 && at.x <= innerWidth && at.y <= innerHeight;
      const onTop = document.elementFromPoint(at.x, at.y);
      // What is drawn within a label is the label's.
      const isOnTop = onTop !== null && (focused.contains(onTop) || onTop.closest('label')?.contains(focused) === true);
      if (!isInSight) faults.push('is not in sight');
      else if (!isOnTop) faults.push(`lies behind ${onTop?.className || onTop?.tagName}`);
      faults.push(...Reflect.get(window, 'ringFaults')(focused));
      const walked = focused.dataset['walk'];
      const name = focused.dataset['testid'] ?? (focused.textContent || focused.tagName);
      return { name: walked === undefined ? name : `${walked} ${name}`, faults };
    });
    if (stop === undefined || stop.name === stops[0]?.name) break;
    stops.push(stop);
  }
  return stops;
}

describe.skipIf(!chromiumIsThere())('by keys alone', { timeout: 4 * patienceMs }, () => {
  const stage = stageWithCar({ patienceMs });

  async function judge(page: Page, at: string): Promise<void> {
    const all = await controls(page);
    const stops = await walk(page, 3 * all.length + 5);
    expect
      .soft(
        stops.flatMap(({ name, faults }) => faults.map((fault) => `${name} ${fault}`)),
        at,
      )
      .toEqual([]);
    const reached = stops.map(({ name }) => name).filter((name) => all.includes(name));
    // As they stand in the document, which is as they are read.
    expect.soft(reached, at).toEqual(all);
    expect.soft(reached.at(-1), at).toContain('stop');
  }

  test.each(Object.entries(screenSizes))(
    '%s: Tab leads to every control, none of them hidden',
    async (_size, options) => {
      const { browser, car } = stage;
      const { page } = await openPage(browser, car.url, { ...options, reducedMotion: 'reduce' });
      await connected(page);
      await page.locator('[data-testid=arm][aria-disabled=false]').waitFor();
      for (const [at, there] of everyScreen) {
        await goTo(page, at, there);
        await judge(page, at);
      }
      await goTo(page, 'drive', 'details');
      await page.getByTestId('details').press('Enter');
      await page.getByTestId('details-sheet').waitFor();
      await judge(page, 'quick settings');
      await page.context().close();
    },
  );

  test('what was opened is closed by Escape, and the focus is where it was', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url);
    await connected(page);
    await page.getByTestId('details').press('Enter');
    await page.getByTestId('details-sheet').waitFor();
    await page.keyboard.press('Tab');
    await page.locator('[data-testid=throttle-cap]:focus').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('[data-testid=details]:focus').waitFor();
    await expect(page.getByTestId('details-sheet').count()).resolves.toBe(0);
    await goTo(page, 'setup/car', 'shut-down');
    await page.getByTestId('shut-down').press('Enter');
    await page.locator('[data-testid=shut-down-not]:focus').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('[data-testid=shut-down]:focus').waitFor();
    expect(car.powerBegun).toEqual([]);
    // A message that may lie over what has the focus.
    car.remote?.sendEvent({ code: 'camera-stalled', atMs: 0 });
    await page.locator('.alert').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.alert').waitFor({ state: 'detached' });
    await page.context().close();
  });

  test('Escape closes what it finds open from the first moment on, however busy the phone is', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url);
    await connected(page);
    await page.evaluate(() => {
      // Before anything else is done once it stands there: sooner than any key.
      new MutationObserver((_changes, watching) => {
        if (document.querySelector('[data-testid=details-sheet]') === null) return;
        watching.disconnect();
        document.documentElement.dataset['wasOpen'] = 'true';
        window.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
      }).observe(document.body, { childList: true, subtree: true });
    });
    await page.getByTestId('details').press('Enter');
    await page.locator('html[data-was-open]').waitFor();
    await page.getByTestId('details-sheet').waitFor({ state: 'detached' });
    await page.locator('[data-testid=details][aria-expanded=false]:focus').waitFor();
    await page.context().close();
  });

  test('from screen to screen and back the focus is never lost', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url);
    await connected(page);
    await page.getByTestId('go-setup').press('Enter');
    await page.locator('[data-testid=go-setup]:focus').waitFor();
    await page.getByTestId('open-display').press('Enter');
    await page.locator('h1:focus').waitFor();
    await page.keyboard.press('Shift+Tab');
    await page.locator('.back:focus').press('Enter');
    await page.locator('[data-testid=open-display]:focus').waitFor();
    await page.context().close();
  });

  test('the space bar stops wherever the focus is, but in a text; Enter ticks a box', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url);
    await connected(page);
    const stopsFrom = async (at: string, testId: string): Promise<void> => {
      car.mode = 'disarmed';
      await page.locator('[data-testid=mode][data-mode=disarmed]').waitFor();
      await goTo(page, at, testId);
      await page.getByTestId(testId).press('Space');
      // Until the page has heard of it, it says it again.
      await page.locator('[data-testid=mode][data-mode=estop]').waitFor();
      expect(car.mode).toBe('estop');
    };
    await stopsFrom('drive', 'details');
    await stopsFrom('telemetry', 'go-drive');
    await stopsFrom('setup/steering', 'preset-child');
    await stopsFrom('setup/wheels', 'set-maxForward');
    await stopsFrom('setup/log', 'log-level');
    car.mode = 'disarmed';
    await page.getByTestId('log-text').press('Space');
    await page.getByTestId('log-text').press('a');
    await expect(page.getByTestId('log-text').inputValue()).resolves.toBe(' a');
    expect(car.mode).toBe('disarmed');
    await goTo(page, 'setup/display', 'language-vi');
    const box = page.locator('input[type=checkbox]').first();
    const wasTicked = await box.isChecked();
    await box.press('Enter');
    await expect(box.isChecked()).resolves.toBe(!wasTicked);
    expect(car.mode).toBe('disarmed');
    await page.context().close();
  });
});

describe.skipIf(!chromiumIsThere())('devices by keys alone', { timeout: 2 * patienceMs }, () => {
  const stage = stageWithCar({ patienceMs, host: '0.0.0.0' });

  test('renaming begins in the field, Escape leaves the name as it was', async () => {
    const { browser, car } = stage;
    const context = await browser.newContext(phone);
    await keepToken(context, car, pairDevice(car, 'Mine', 'driver'));
    const page = await context.newPage();
    await page.goto(`${car.url}#/setup/devices`);
    await page.getByTestId('device-rename').press('Enter');
    await page.locator('[data-testid=device-new-name]:focus').fill('Other');
    await page.keyboard.press('Escape');
    await page.locator('[data-testid=device-rename]:focus').waitFor();
    await expect(page.getByTestId('device-Mine').count()).resolves.toBe(1);
    await context.close();
  });
});
