import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, openPage, ownComplaints } from '../web-remote/testing/browser.ts';
import { type RunningCar, startCar } from './harness/running-car.ts';
import { chromiumIsThere } from './harness/tools.ts';

/** The whole way: a phone's browser, the daemon's processes, the simulated car. */
describe.skipIf(!chromiumIsThere())('a phone drives the simulated car', { timeout: 120_000 }, () => {
  let browser: Browser;
  let car: RunningCar | undefined;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await car?.end();
    car = undefined;
  });

  const patience = { timeout: 30_000 };
  const eventually = <T>(look: () => T) => expect.poll(look, patience);

  async function openPhone(): Promise<{ page: Page; touch: CDPSession; car: RunningCar; complaints: string[] }> {
    const running = await startCar();
    car = running;
    await running.until('the car to be ready', (health) => health.ready && health.framesPerSecond > 0);
    const { page, complaints } = await openPage(browser, running.url);
    page.setDefaultTimeout(patience.timeout);
    return { page, touch: await page.context().newCDPSession(page), car: running, complaints };
  }

  async function middleOf(page: Page, testId: string): Promise<{ x: number; y: number }> {
    const box = await page.getByTestId(testId).boundingBox();
    if (box === null) throw new Error(`${testId} is not on the page`);
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }

  async function arm(page: Page, touch: CDPSession, mode: 'manual' | 'auto'): Promise<void> {
    await page.getByTestId(`mode-${mode}`).tap();
    await page.locator('[data-testid=arm][aria-disabled=false]').waitFor();
    const at = await middleOf(page, 'arm');
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at] });
    await page
      .getByTestId('mode')
      .filter({ hasText: mode === 'auto' ? 'Auto' : 'Manual' })
      .waitFor();
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  }

  async function push(page: Page, touch: CDPSession, dx: number, dy: number): Promise<void> {
    const at = await middleOf(page, 'stick');
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at] });
    for (const part of [0.25, 0.5, 0.75, 1]) {
      const point = { x: at.x + dx * part, y: at.y + dy * part };
      await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [point] });
    }
  }

  const position = async (page: Page) => (await page.getByTestId('position').textContent()) ?? '';
  const isMoving = (running: RunningCar) => (running.trace().states.at(-1)?.speedMps ?? 0) > 0.05;

  test('arm, drive by touch, stop', async () => {
    const { page, touch, car: running, complaints } = await openPhone();
    const frameId = async () => Number(await page.getByTestId('frame-id').textContent());
    await eventually(frameId).toBeGreaterThan(0);
    const firstFrame = await frameId();
    await arm(page, touch, 'manual');
    const start = await position(page);
    await push(page, touch, 0, -80);
    await eventually(() => position(page)).not.toBe(start);
    await eventually(() => isMoving(running)).toBe(true);
    await eventually(frameId).toBeGreaterThan(firstFrame + 5);
    const stop = await middleOf(page, 'stop');
    await touch.send('Input.dispatchTouchEvent', {
      type: 'touchStart',
      touchPoints: [
        { ...(await middleOf(page, 'stick')), id: 0 },
        { ...stop, id: 1 },
      ],
    });
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    expect((await running.until('the stop', (health) => health.mode === 'estop')).mode).toBe('estop');
    await eventually(() => isMoving(running)).toBe(false);
    expect(ownComplaints(complaints)).toEqual([]);
  });

  test('losing the page at speed stops the car', async () => {
    const { page, touch, car: running } = await openPhone();
    await arm(page, touch, 'manual');
    await push(page, touch, 0, -80);
    await eventually(() => isMoving(running)).toBe(true);
    await page.context().close();
    await running.until('the car to disarm', (health) => health.mode === 'disarmed');
    await eventually(() => isMoving(running)).toBe(false);
  });

  test('Auto drives by itself, and goes on being watched', async () => {
    const { page, touch, car: running } = await openPhone();
    await arm(page, touch, 'auto');
    const start = await position(page);
    await eventually(() => isMoving(running)).toBe(true);
    await eventually(() => position(page)).not.toBe(start);
    expect((await running.health()).mode).toBe('auto');
  });
});
