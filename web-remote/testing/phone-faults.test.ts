import type { CDPSession, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { chromiumIsThere } from '../../test/harness/tools.ts';
import { openPage, phone } from './browser.ts';
import type { FakeCar } from './fake-car.ts';
import { connected, holdToArm, middleOf } from './page-car.ts';
import { stageWithCar } from './stage.ts';

/**
 * What happens to a phone in a driver's hand. docs/safety.md lists all of it, with what is tried elsewhere. Where the page can still act,
 * the bound is the event itself: neutral has left the page before the browser does anything else. Where it cannot, no command
 * leaves it, and the car's own bounds hold.
 */
const patienceMs = 60_000;
const neutral = { steering: 0, throttle: 0 };
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: patienceMs });

/** Notes each stick that leaves the page, as `sentSticks`. */
async function putInTap(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const sentSticks: unknown[] = [];
    const send = WebSocket.prototype.send;
    Object.assign(window, { sentSticks });
    WebSocket.prototype.send = function (data) {
      const message = typeof data === 'string' ? JSON.parse(data) : {};
      if (message.kind === 'drive') sentSticks.push({ steering: message.steering, throttle: message.throttle });
      send.call(this, data);
    };
  });
}

/** Commands that reached the car and would have moved it. */
const moving = (car: FakeCar, from: number) =>
  car.commands.slice(from).filter(({ steering, throttle }) => steering !== 0 || throttle !== 0);

/** All fingers that are down, or at the end those that are lifted. */
function touch(session: CDPSession, type: 'touchStart' | 'touchMove' | 'touchEnd', ...fingers: object[]) {
  return session.send('Input.dispatchTouchEvent', { type, touchPoints: fingers as never });
}

describe.skipIf(!chromiumIsThere())('a phone in a driver’s hand', { timeout: 3 * patienceMs }, () => {
  const stage = stageWithCar({ patienceMs });

  /** Opens the page, arms the car, and drives it by a key that stays down. */
  async function drive(): Promise<Page> {
    const { page } = await openPage(stage.browser, stage.car.url, phone, putInTap);
    await connected(page);
    await takeTheWheel(page);
    await holdToArm(page);
    await press(page);
    return page;
  }
  /** Also where a busy machine kept the page still for so long that the car took the wheel from it. */
  async function takeTheWheel(page: Page): Promise<void> {
    const takeOver = page.getByTestId('take-over');
    await eventually(async () => {
      if (await takeOver.isVisible()) await takeOver.click({ timeout: 2000 }).catch(() => {});
      return page.getByTestId('driver-state').textContent();
    }).toContain('You drive');
  }
  async function press(page: Page): Promise<void> {
    await page.keyboard.down('w');
    await eventually(() => stage.car.commands.at(-1)?.throttle).toBe(0.6);
  }
  /** What a keyboard does with a key that stays down: it must begin nothing. */
  async function keepHolding(page: Page): Promise<void> {
    for (let i = 0; i < 5; i++) await page.keyboard.down('w');
  }

  test.each([
    ['the screen is locked, or a call lies over the page', 'visibilitychange'],
    ['a notification or another window takes the focus', 'blur'],
    ['the browser puts the page away', 'pagehide'],
  ])('F9: %s: neutral is on its way before anything else happens', async (_what, type) => {
    const { car } = stage;
    const page = await drive();
    const sent = await page.evaluate((event) => {
      const sticks: unknown[] = Reflect.get(window, 'sentSticks');
      sticks.length = 0;
      if (event === 'visibilitychange') Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      (event === 'visibilitychange' ? document : window).dispatchEvent(new Event(event));
      return [...sticks];
    }, type);
    expect(sent).toEqual([neutral]);
    await eventually(() => car.commands.at(-1)).toMatchObject(neutral);
    const before = car.commands.length;
    await keepHolding(page);
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: false, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await keepHolding(page);
    await eventually(() => car.commands.length).toBeGreaterThan(before + 5);
    expect(moving(car, before), 'nothing moves by itself when it is back').toEqual([]);
    await page.keyboard.up('w');
    await press(page);
    await page.context().close();
  });

  test('F9: the back button leaves the driving screen: neutral before the next picture, and forward again moves nothing', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, `${car.url}#/telemetry`, phone, putInTap);
    await page.getByTestId('telemetry').waitFor();
    await page.getByTestId('go-drive').click();
    await connected(page);
    await takeTheWheel(page);
    await holdToArm(page);
    await press(page);
    const last = await page.evaluate(async () => {
      const sticks: unknown[] = Reflect.get(window, 'sentSticks');
      const left = new Promise<void>((resolve) => {
        // Behind the page's own listener.
        window.addEventListener('hashchange', () => queueMicrotask(() => queueMicrotask(resolve)), { once: true });
      });
      history.back();
      await left;
      await new Promise((resolve) => requestAnimationFrame(resolve));
      return sticks.at(-1);
    });
    expect(last).toEqual(neutral);
    await page.getByTestId('telemetry').waitFor();
    await eventually(() => car.commands.at(-1)).toMatchObject(neutral);
    const before = car.commands.length;
    await page.goForward();
    await page.getByTestId('arm').waitFor();
    await keepHolding(page);
    await eventually(() => car.commands.length).toBeGreaterThan(before + 5);
    expect(moving(car, before)).toEqual([]);
    await page.context().close();
  });

  test('F1: the page is left for another address: the car has no driver at once, and coming back moves nothing', async () => {
    const { car } = stage;
    const page = await drive();
    await page.goto('about:blank');
    await eventually(() => car.mode).toBe('disarmed');
    expect(car.requests.at(-1)).toMatchObject({ kind: 'driver-gone' });
    const before = car.commands.length;
    await page.goBack();
    await connected(page);
    await takeTheWheel(page);
    await keepHolding(page);
    await eventually(() => car.commands.length).toBeGreaterThan(before + 5);
    expect(moving(car, before)).toEqual([]);
    await page.context().close();
  });

  test('F47: the page is loaded anew under a held key: the car is disarmed, and armed by nothing but a new hold', async () => {
    const { car } = stage;
    const page = await drive();
    const armings = () => car.requests.filter(({ kind }) => kind === 'arm').length;
    const armed = armings();
    await page.reload();
    await connected(page);
    await page.locator('[data-testid=mode][data-mode=disarmed]').waitFor();
    await takeTheWheel(page);
    const before = car.commands.length;
    await keepHolding(page);
    await eventually(() => car.commands.length).toBeGreaterThan(before + 5);
    expect(moving(car, before)).toEqual([]);
    expect(armings()).toBe(armed);
    await page.keyboard.up('w');
    await takeTheWheel(page);
    await holdToArm(page);
    await press(page);
    await page.context().close();
  });

  test('F9: the browser is killed: nothing more comes from it, and the car has no driver', async () => {
    const { car } = stage;
    const page = await drive();
    const session = await page.context().newCDPSession(page);
    const crashed = page.waitForEvent('crash');
    // Never answered: nobody is there any more who could.
    void session.send('Page.crash').catch(() => {});
    await crashed;
    await eventually(() => car.mode).toBe('disarmed');
    expect(car.requests.at(-1)?.kind).toBe('driver-gone');
    const after = car.commands.length;
    const { page: other } = await openPage(stage.browser, car.url);
    await other.getByTestId('driver-state').filter({ hasText: 'You drive' }).waitFor();
    await eventually(() => car.commands.length).toBeGreaterThan(after + 5);
    expect(moving(car, after)).toEqual([]);
    await other.context().close();
    await page.context().close();
  });

  test('F10: the page stands still for longer than the car waits: it has lost the wheel, and moves nothing when it goes on', async () => {
    const { car } = stage;
    const page = await drive();
    const standsStillMs = 1800;
    const asked = car.requests.length;
    const from = await page.evaluate((ms) => {
      const sticks: unknown[] = Reflect.get(window, 'sentSticks');
      const untilMs = performance.now() + ms;
      while (performance.now() < untilMs);
      return sticks.length;
    }, standsStillMs);
    expect(from).toBeGreaterThan(0);
    const gone = () => car.requests.slice(asked).find((request) => request.kind === 'driver-gone');
    await eventually(() => gone()?.cause).toMatch(/for a second$/);
    const goneAtMs = gone()?.receivedAtMs ?? 0;
    // The page has yet to hear of it.
    await eventually(() => page.getByTestId('driver-state').textContent()).not.toContain('You drive');
    await keepHolding(page);
    // Taken up again by hand: what was held is not what is asked for.
    await takeTheWheel(page);
    await eventually(() => car.commands.filter(({ receivedAtMs }) => receivedAtMs > goneAtMs).length).toBeGreaterThan(
      5,
    );
    const later = car.commands.filter(({ receivedAtMs }) => receivedAtMs > goneAtMs);
    expect(later.filter(({ throttle }) => throttle !== 0)).toEqual([]);
    expect(car.mode).toBe('disarmed');
    await page.context().close();
  });

  test('F13: the phone’s clock jumps by an hour, forth and back: it drives on as if nothing were', async () => {
    const { car } = stage;
    const page = await drive();
    for (const jumpMs of [3_600_000, -7_200_000]) {
      await page.evaluate((ms) => {
        const now = Date.now;
        Date.now = () => now() + ms;
      }, jumpMs);
      const before = car.commands.length;
      await eventually(() => car.commands.length).toBeGreaterThan(before + 10);
      expect(car.commands.slice(before).every(({ throttle }) => throttle === 0.6)).toBe(true);
    }
    expect(car.mode).toBe('manual');
    await page.keyboard.up('w');
    await eventually(() => car.commands.at(-1)).toMatchObject(neutral);
    await page.context().close();
  });

  test('two fingers on one stick: only the first steers, and when it is lifted the other one holds nothing', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url, phone, putInTap);
    await connected(page);
    await takeTheWheel(page);
    await holdToArm(page);
    const session = await page.context().newCDPSession(page);
    const at = await middleOf(page, 'stick');
    const first = { ...at, id: 0 };
    const second = { x: at.x + 40, y: at.y, id: 1 };
    await touch(session, 'touchStart', first);
    await touch(session, 'touchMove', { ...first, y: at.y - 80 });
    await eventually(() => car.commands.at(-1)?.throttle).toBe(0.6);
    await touch(session, 'touchStart', { ...first, y: at.y - 80 }, second);
    const before = car.commands.length;
    await touch(session, 'touchMove', { ...first, y: at.y - 80 }, { ...second, y: at.y + 60 });
    await eventually(() => car.commands.length).toBeGreaterThan(before + 3);
    expect(car.commands.slice(before).every(({ throttle, steering }) => throttle === 0.6 && steering === 0)).toBe(true);
    // The first one goes, the second stays.
    await touch(session, 'touchEnd', { ...first, y: at.y - 80 });
    await eventually(() => car.commands.at(-1)).toMatchObject(neutral);
    const lifted = car.commands.length;
    await touch(session, 'touchMove', { ...second, y: at.y - 90 });
    await eventually(() => car.commands.length).toBeGreaterThan(lifted + 3);
    expect(moving(car, lifted)).toEqual([]);
    await page.context().close();
  });

  test('two thumbs: each stick is let go of by itself, and both with the focus', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url, { ...phone, viewport: { width: 844, height: 390 } }, putInTap);
    await connected(page);
    await takeTheWheel(page);
    await holdToArm(page);
    const session = await page.context().newCDPSession(page);
    const [left, right] = [await middleOf(page, 'stick-throttle'), await middleOf(page, 'stick-steering')];
    const forward = { x: left.x, y: left.y - 70, id: 0 };
    const aside = { x: right.x + 70, y: right.y, id: 1 };
    await touch(session, 'touchStart', { ...left, id: 0 });
    await touch(session, 'touchStart', { ...left, id: 0 }, { ...right, id: 1 });
    await touch(session, 'touchMove', forward, aside);
    await eventually(() => car.commands.at(-1)).toMatchObject({ steering: -1, throttle: 0.6 });
    await touch(session, 'touchEnd', aside);
    await eventually(() => car.commands.at(-1)).toMatchObject({ steering: 0, throttle: 0.6 });
    const sent = await page.evaluate(() => {
      const sticks: unknown[] = Reflect.get(window, 'sentSticks');
      sticks.length = 0;
      window.dispatchEvent(new Event('blur'));
      return [...sticks];
    });
    expect(sent).toEqual([neutral]);
    await eventually(() => car.commands.at(-1)).toMatchObject(neutral);
    const before = car.commands.length;
    await touch(session, 'touchMove', { ...forward, y: forward.y - 5 });
    await eventually(() => car.commands.length).toBeGreaterThan(before + 5);
    expect(moving(car, before)).toEqual([]);
    await page.context().close();
  });

  test.each([
    ['upright', phone.viewport],
    ['on its side', { width: 844, height: 390 }],
  ])('two fingers enlarge the page: Stop stays where it is on the glass, and as large: %s', async (_way, viewport) => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url, { ...phone, viewport });
    await connected(page);
    const session = await page.context().newCDPSession(page);
    /** In parts of the screen; and whether nothing lies over it. */
    const onGlass = () =>
      page.getByTestId('stop').evaluate((button) => {
        const seen = visualViewport;
        if (seen === null) throw new Error('no visual viewport');
        const { left, top, width, height } = button.getBoundingClientRect();
        const shares = [(left - seen.offsetLeft) / seen.width, (top - seen.offsetTop) / seen.height];
        const onTop = document.elementFromPoint(left + width / 2, top + height / 2);
        return {
          at: [...shares, width / seen.width, height / seen.height].map((share) => Math.round(share * 100) / 100),
          isOnTop: button.contains(onTop),
          scale: seen.scale,
        };
      });
    const before = await onGlass();
    for (const pageScaleFactor of [2, 3.5]) {
      await session.send('Emulation.setPageScaleFactor', { pageScaleFactor });
      await eventually(onGlass).toEqual({ ...before, scale: pageScaleFactor });
    }
    await session.send('Emulation.setPageScaleFactor', { pageScaleFactor: 1 });
    await eventually(onGlass).toEqual(before);
    await page.getByTestId('stop').click();
    await eventually(() => car.mode).toBe('estop');
    await page.context().close();
  });
});
