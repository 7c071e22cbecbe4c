import type { BrowserContextOptions, Page } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { chromiumIsThere } from '../../test/harness/tools.ts';
import { screenSizes } from './browser.ts';
import { connected, screensListed } from './page-car.ts';
import { axeFaults, coveredByAlerts, layoutFaults, stopFaults, takeShifts, watchShifts } from './page-faults.ts';
import { keepToken, pairDevice, stageWithCar } from './stage.ts';

const patienceMs = 600_000;
/** For what a screen shows: longer than the car itself waits for a network's facts, so that it is the car that says what is wrong. */
const shownWithinMs = 240_000;
/** Sum over a screen's life, as the browser counts it; what is under 0.1 counts as good. */
const mostShift = 0.02;

/** Every set-up and pairing screen, in every state that asks for something: usable by everyone, on every size. */
describe.skipIf(!chromiumIsThere())('set-up and pairing screens', { timeout: patienceMs }, () => {
  const stage = stageWithCar({ patienceMs, host: '0.0.0.0' });
  beforeEach(() => {
    for (let line = 0; line < 60; line++) {
      const level = [30, 20, 40, 50][line % 4];
      stage.car.book.add(
        JSON.stringify({ level, time: Date.now(), name: 'car', msg: `line ${line}`, file: '/a/b/c' }),
        0,
      );
    }
  });

  async function newPage(options: BrowserContextOptions, token?: string): Promise<Page> {
    const { browser, car } = stage;
    const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
    context.setDefaultTimeout(shownWithinMs);
    if (token !== undefined) await keepToken(context, car, token);
    const page = await context.newPage();
    await watchShifts(page);
    return page;
  }
  async function judge(page: Page, state: string, also: () => Promise<string[]>): Promise<void> {
    expect.soft(await layoutFaults(page), state).toEqual([]);
    expect.soft(await also(), state).toEqual([]);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      expect.soft(await axeFaults(page), `${state} ${colorScheme}`).toEqual([]);
    }
  }
  const wait = (page: Page, testId: string) => page.getByTestId(testId).first().waitFor();

  /** What each screen shows when it is complete; and what is then pressed, for a state more. */
  const screens: readonly (readonly [at: string, complete: (page: Page) => Promise<void>, press?: string])[] = [
    ['', (page) => wait(page, 'open-log')],
    ['/steering', (page) => wait(page, 'preset-child')],
    ['/gamepad', (page) => wait(page, 'no-pad')],
    ['/display', (page) => wait(page, 'language-vi')],
    ['/wheels', (page) => wait(page, 'set-deadZone')],
    ['/camera', (page) => wait(page, 'set-heightM')],
    ['/network', (page) => page.getByTestId('network-card').filter({ hasText: '13 (IR 7)' }).waitFor()],
    ['/devices', (page) => wait(page, 'device-Lan'), 'device-revoke'],
    ['/devices', (page) => wait(page, 'device-Lan'), 'device-rename'],
    ['/car', (page) => page.getByTestId('wifi').filter({ hasText: 'classroom' }).waitFor(), 'shut-down'],
    ['/log', (page) => page.getByTestId('log-lines').filter({ hasText: 'line 58' }).waitFor()],
  ];

  test.each(Object.entries(screenSizes))('%s: every set-up screen', async (size, options) => {
    const { car } = stage;
    const token = pairDevice(car, 'Teacher', 'driver');
    pairDevice(car, 'Lan', 'viewer');
    const page = await newPage(options, token);
    await page.goto(`${car.url}#/setup`);
    await connected(page);
    // A screen that is new is in the page's own list, and so has to be in the test's.
    const listed = (await screensListed(page)).filter((at) => at.startsWith('setup'));
    expect(listed).toEqual([...new Set(screens.map(([at]) => `setup${at}`))]);
    // Messages lie over nothing of the screen, nor over what it is called and the way back.
    await page.evaluate(() => {
      location.hash = '#/setup/steering';
    });
    await wait(page, 'preset-child');
    for (const code of ['camera-stalled', 'detector-failed'] as const) car.remote?.sendEvent({ code, atMs: 0 });
    await page.locator('.alert').nth(1).waitFor();
    expect.soft(await coveredByAlerts(page, '.back, h1, .bar *'), size).toEqual([]);
    const edges = await page.evaluate(() => ({
      told: document.querySelector('.alert:last-child')?.getBoundingClientRect().bottom,
      screen: document.querySelector('.screen')?.getBoundingClientRect().top,
    }));
    expect.soft(edges.told ?? 0, `${size}: what is told covers nothing`).toBeLessThanOrEqual(edges.screen ?? 0);
    // Else what runs out while a screen is judged would be taken for a shift of that screen.
    for (let told = 0; told < 2; told++) await page.keyboard.press('Escape');
    await page.locator('.alert').first().waitFor({ state: 'detached' });
    for (const [at, complete, press] of screens) {
      await page.evaluate((hash) => {
        location.hash = hash;
      }, `#/setup${at}`);
      await takeShifts(page);
      await complete(page);
      // Telemetry and answers go on coming meanwhile.
      await judge(page, `${size} setup${at}`, () => stopFaults(page));
      const shifts = await takeShifts(page);
      const sum = shifts.reduce((total, { value }) => total + value, 0);
      expect.soft(sum, `${size} setup${at}: ${JSON.stringify(shifts)}`).toBeLessThan(mostShift);
      if (press === undefined) continue;
      await page.getByTestId(press).first().click();
      await judge(page, `${size} setup${at} ${press}`, () => stopFaults(page));
    }
    await page.context().close();
  });

  test.each(Object.entries(screenSizes))('%s: pairing, open and closed, and its refusal', async (size, options) => {
    const { car } = stage;
    car.access?.openPairing('a test', 'driver');
    const page = await newPage(options);
    await page.goto(car.url);
    await page.getByTestId('pairing-shown-code').waitFor();
    await judge(page, `${size} pairing`, async () => []);
    await page.getByTestId('pairing-code').fill('000 000');
    await page.getByTestId('pairing-go').click();
    await page.getByTestId('pairing-refusal').filter({ hasText: /\w/ }).waitFor();
    await judge(page, `${size} pairing refused`, async () => []);
    const shifts = await takeShifts(page);
    const sum = shifts.reduce((total, { value }) => total + value, 0);
    expect(sum, JSON.stringify(shifts)).toBeLessThan(mostShift);
    await page.context().close();
  });
});
