import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumIsThere } from '../../test/harness/tools.ts';
import { launchBrowser, phone } from './browser.ts';
import { FakeCar } from './fake-car.ts';

/** What the first look at the page may cost. */
const budget = {
  scriptBytes: 150_000,
  /** From the navigation to controls that answer, with nothing kept from before. */
  interactiveMs: 1000,
  /** Of the page's main thread until then, whatever else the machine does. */
  mainThreadMs: 500,
};
/** A busy machine delays each, but makes none quicker: the quickest counts, and one that is within the budget is enough. */
const mostTries = 20;
/** How long it takes by the clock also depends on what else the machine does all the while: what is asked for is so many budgets. */
const clockMargin = 5;
const distFolder = join(import.meta.dirname, '..', '..', 'dist', 'web-remote');

test('the script of the first look is small', () => {
  const list = JSON.parse(readFileSync(join(distFolder, 'asset-list.json'), 'utf8'));
  const files = new Set<string>();
  const collect = (key: string): void => {
    const entry = list[key];
    if (files.has(entry.file)) return;
    files.add(entry.file);
    for (const imported of entry.imports ?? []) collect(imported);
  };
  collect('index.html');
  const bytes = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(distFolder, file))).length, 0);
  console.info(`script of the first look: ${(bytes / 1000).toFixed(1)} kB gzip in ${files.size} file(s)`);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThanOrEqual(budget.scriptBytes);
});

describe.skipIf(!chromiumIsThere())('the first look', { timeout: 600_000 }, () => {
  let browser: Browser;
  let car: FakeCar;
  beforeAll(async () => {
    browser = await launchBrowser();
    car = await FakeCar.start();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await car.close();
  });

  /** By the browser's own clocks: since the navigation began, and what its main thread worked. */
  async function look(): Promise<{ interactiveMs: number; mainThreadMs: number }> {
    const context = await browser.newContext(phone);
    const page = await context.newPage();
    await page.addInitScript(() => {
      const watch = new MutationObserver(() => {
        if (document.querySelector('[data-testid=stop]') === null) return;
        watch.disconnect();
        // Drawn, and the main thread free for whatever is pressed.
        requestAnimationFrame(() => setTimeout(() => Object.assign(window, { interactiveAtMs: performance.now() })));
      });
      watch.observe(document, { childList: true, subtree: true });
    });
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    await page.goto(car.url);
    const interactive = await page.waitForFunction(() => Reflect.get(window, 'interactiveAtMs') as number | undefined);
    const interactiveMs = (await interactive.jsonValue()) ?? Number.NaN;
    const { metrics } = await session.send('Performance.getMetrics');
    const threadS = metrics.find(({ name }) => name === 'ThreadTime')?.value ?? Number.NaN;
    await context.close();
    return { interactiveMs, mainThreadMs: threadS * 1000 };
  }

  test('answers soon, and its main thread works for half a second at most', async () => {
    const looks: Awaited<ReturnType<typeof look>>[] = [];
    const quickest = () => Math.min(...looks.map(({ interactiveMs }) => interactiveMs));
    const leastWork = () => Math.min(...looks.map(({ mainThreadMs }) => mainThreadMs));
    const isOver = () => quickest() > budget.interactiveMs || leastWork() > budget.mainThreadMs;
    while (looks.length < 3 || (isOver() && looks.length < mostTries)) looks.push(await look());
    console.info(
      `interactive after ${Math.round(quickest())} ms (the quickest of ${looks.length}; budget ${budget.interactiveMs} ms, ` +
        `asked for here ${clockMargin * budget.interactiveMs} ms), its main thread worked for ${Math.round(leastWork())} ms`,
    );
    expect(leastWork()).toBeGreaterThan(10);
    expect(leastWork()).toBeLessThanOrEqual(budget.mainThreadMs);
    expect(quickest()).toBeGreaterThan(0);
    expect(quickest()).toBeLessThanOrEqual(clockMargin * budget.interactiveMs);
  });
});
