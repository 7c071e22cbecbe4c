import { describe, expect, test } from 'vitest';
import { type EventCode, eventTexts } from '../../daemon/protocol/events.ts';
import { chromiumIsThere } from '../../test/harness/tools.ts';
import { openPage, phone } from './browser.ts';
import { connected, everyScreen, goTo, holdToArm, screensListed } from './page-car.ts';
import { axeFaults } from './page-faults.ts';
import { stageWithCar } from './stage.ts';

/** The page for everyone: of another language, by keys and screen readers, over a slow link, without the car, beside others. */
const patienceMs = 60_000;
const eventCodes = Object.keys(eventTexts) as EventCode[];

describe.skipIf(!chromiumIsThere())('for everyone', { timeout: 2 * patienceMs }, () => {
  const stage = stageWithCar({ patienceMs });

  const eventually = <T>(look: () => T) => expect.poll(look, { timeout: patienceMs / 2 });

  test.each([
    ['en-GB', 'Set up'],
    ['vi-VN', 'Cài đặt'],
  ])('axe finds nothing on any screen, dark or light: %s', { timeout: 8 * patienceMs }, async (locale, heading) => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url, { ...phone, locale, reducedMotion: 'reduce' });
    await connected(page);
    // A screen that is new is in the page's own list, and so has to be in the test's.
    await expect(screensListed(page)).resolves.toEqual(everyScreen.map(([at]) => at));
    await page.getByRole('heading', { name: heading, exact: true }).waitFor();
    const judge = async (at: string): Promise<void> => {
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme });
        expect.soft(await axeFaults(page), `${at} ${colorScheme}`).toEqual([]);
      }
    };
    for (const [at, there] of everyScreen) {
      await goTo(page, at, there);
      await judge(at);
      // What lies below the edge, too, behind which axe sees no colours: the page as a very long phone has it.
      await page.setViewportSize({ ...phone.viewport, height: 3000 });
      await judge(`${at}, the whole of it`);
      await page.setViewportSize(phone.viewport);
    }
    await goTo(page, 'drive', 'details');
    await page.getByTestId('details').click();
    await page.getByTestId('details-sheet').waitFor();
    await judge('quick settings');
    await page.getByTestId('details').click();
    car.obstacles = [{ code: 'camera-not-streaming', text: 'The camera is stalled', cure: 'Check the camera' }];
    await page.locator('[data-testid=arm-reasons] li').first().waitFor();
    // Judged while they are there: what is critical stays for twelve seconds.
    car.remote?.sendEvent({ code: 'emergency-stop', atMs: 0 });
    await page.locator('.alert').first().waitFor();
    await judge('what is told');
    await page.context().close();
  });

  test.each([
    ['at twice its size', { viewport: { width: 195, height: 422 } }],
    ['upright', { viewport: { width: 320, height: 568 } }],
    ['on its side', { viewport: { width: 844, height: 390 } }],
  ])('whatever alerts come, the whole of Stop can be pressed: a phone %s', async (_name, size) => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url, { ...phone, ...size, locale: 'vi-VN' });
    await connected(page);
    const detail = 'the USB camera /dev/video9 ended (exit code 1) without a picture; its last words: xxxxxxxxx';
    for (const code of eventCodes) car.remote?.sendEvent({ code, atMs: 0, detail });
    await page.locator('.alert').first().waitFor();
    const stop = page.getByTestId('stop');
    await expect(
      stop.evaluate((button) => {
        const { left, right, top, bottom } = button.getBoundingClientRect();
        const isInSight = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
        const points = [0.1, 0.5, 0.9].flatMap((x) => [0.1, 0.5, 0.9].map((y) => [x, y] as const));
        const isOnTop = ([x, y]: readonly [number, number]): boolean =>
          button.contains(document.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y));
        return { isInSight, isOnTop: points.every(isOnTop) };
      }),
    ).resolves.toEqual({ isInSight: true, isOnTop: true });
    await page.context().close();
  });

  test('with the system’s own colours Stop keeps its red, and what is chosen has an edge', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url, { ...phone, forcedColors: 'active' });
    await connected(page);
    const styleOf = (name: string, property: 'backgroundColor' | 'borderTopColor' | 'borderTopWidth') =>
      page.getByTestId(name).evaluate((element, asked) => getComputedStyle(element)[asked], property);
    const field = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(await styleOf('stop', 'backgroundColor')).not.toBe(field);
    expect(await styleOf('mode-manual', 'borderTopWidth')).toBe('2px');
    expect(await styleOf('mode-manual', 'borderTopColor')).not.toBe(await styleOf('mode-auto', 'borderTopColor'));
    await page.context().close();
  });

  test('speaks the browser’s language, and another one at a touch, kept on the phone', async () => {
    const { browser, car } = stage;
    const { page, complaints } = await openPage(browser, car.url, { ...phone, locale: 'vi-VN' });
    await page.getByTestId('stop').filter({ hasText: 'Dừng' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('vi');
    car.remote?.sendEvent({ code: 'camera-stalled', atMs: 0 });
    await page.getByTestId('alerts').filter({ hasText: 'Camera bị đứng' }).waitFor();
    // What the car says beside its codes, too.
    car.remote?.sendEvent({ code: 'detections-lost', atMs: 0, detail: '320 ms old' });
    await page.getByTestId('alerts').filter({ hasText: 'cũ 320 ms' }).waitFor();
    const cure = 'Make room: sudo apt clean; sudo journalctl --vacuum-size=100M';
    car.hints = [{ code: 'disk-low', text: '900 MB of the disk are free', cure }];
    await page.goto(`${car.url}#/telemetry`);
    await page
      .getByTestId('hint')
      .filter({ hasText: 'Đĩa còn trống 900 MB' })
      .filter({ hasText: 'Dọn bớt đĩa' })
      .waitFor();
    await page.goto(`${car.url}#/setup/display`);
    await page.getByTestId('language-en').click();
    await page.getByTestId('stop').filter({ hasText: 'Stop' }).waitFor();
    await page.reload();
    await page.getByTestId('stop').filter({ hasText: 'Stop' }).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('by keys alone: the focus stays where the car was armed, and Enter that is still held presses nothing', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url);
    const arm = page.locator('[data-testid=arm][aria-disabled=false]');
    await arm.focus();
    await page.keyboard.down('Enter');
    await page.locator('[data-testid=mode][data-mode=manual]').waitFor();
    // What a keyboard does with a key that stays down.
    for (let i = 0; i < 5; i++) await page.keyboard.down('Enter');
    await page.keyboard.up('Enter');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Disarm');
    expect(car.mode).toBe('manual');
    await page.keyboard.press('Space');
    await eventually(() => car.mode).toBe('estop');
    await page.locator('[data-testid=release-stop]:focus').press('Enter');
    await eventually(() => car.mode).toBe('disarmed');
    await page.context().close();
  });

  test('a second phone asks, the driver hands over; everyone sees who drives and how many watch', async () => {
    const { browser, car } = stage;
    const first = await openPage(browser, car.url);
    await first.page.getByTestId('driver-state').filter({ hasText: 'You drive' }).waitFor();
    const second = await openPage(browser, car.url, { ...phone, viewport: { width: 844, height: 390 } });
    await second.page.getByTestId('driver-state').filter({ hasText: 'You watch' }).waitFor();
    await first.page.getByTestId('watchers').filter({ hasText: '1 watches' }).waitFor();
    await second.page.getByTestId('ask-to-drive').click();
    await first.page.getByTestId('keep-driving').click();
    await second.page.getByTestId('ask-to-drive').click();
    await first.page.getByTestId('hand-over').click();
    await second.page.getByTestId('driver-state').filter({ hasText: 'You drive' }).waitFor();
    await first.page.getByTestId('driver-state').filter({ hasText: 'You watch' }).waitFor();
    expect(car.requests.at(-1)?.kind).toBe('driver-changed');
    await first.page.context().close();
    await second.page.context().close();
  });

  test('a link that stalls without closing is noticed, and comes back by itself without motion', async () => {
    const { browser, car } = stage;
    const context = await browser.newContext(phone);
    const page = await context.newPage();
    let stalled = false;
    // A network that stalls loses nothing that the car said on a connection which is still there: it comes later.
    const held: (() => void)[] = [];
    await page.routeWebSocket(/\/ws\/control/, (socket) => {
      const server = socket.connectToServer();
      let isOpen = true;
      socket.onClose(() => {
        isOpen = false;
        void server.close();
      });
      server.onMessage((message) => {
        if (stalled) held.push(() => isOpen && socket.send(message));
        else socket.send(message);
      });
      socket.onMessage((message) => {
        if (!stalled) server.send(message);
      });
    });
    await page.goto(car.url);
    await page.getByTestId('driver-state').filter({ hasText: 'You drive' }).waitFor();
    await holdToArm(page);
    await page.keyboard.down('w');
    await eventually(() => car.commands.at(-1)?.throttle).toBe(0.6);
    stalled = true;
    await page.getByTestId('connection').filter({ hasText: 'lost' }).waitFor();
    const before = car.commands.length;
    stalled = false;
    for (const deliver of held) deliver();
    await connected(page);
    await page.locator('[data-testid=mode][data-mode=disarmed]').waitFor();
    await eventually(() => car.commands.length).toBeGreaterThan(before + 5);
    expect(car.commands.slice(before).every(({ throttle }) => throttle === 0)).toBe(true);
    await context.close();
  });

  test('over a slow link the page opens and can stop the car', async () => {
    const { browser, car } = stage;
    const context = await browser.newContext(phone);
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    // As "Slow 4G" of the browser's own tools.
    const slow = { offline: false, latency: 150, downloadThroughput: 180_000, uploadThroughput: 84_000 };
    await session.send('Network.emulateNetworkConditions', slow);
    const beganAtMs = performance.now();
    await page.goto(car.url);
    await page.getByTestId('driver-state').waitFor();
    console.info(`over a slow link ready after ${Math.round(performance.now() - beganAtMs)} ms`);
    await page.getByTestId('stop').click();
    await eventually(() => car.mode).toBe('estop');
    await context.close();
  });

  test('opens without the car, says that it is off, and keeps nothing of what the car said', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url);
    await connected(page);
    await page.evaluate(() => navigator.serviceWorker.ready);
    const kept = () =>
      page.evaluate(async () => {
        const cache = await caches.open('page');
        return (await cache.keys()).map(({ url }) => new URL(url).pathname);
      });
    await eventually(kept).toContain('/');
    expect((await kept()).every((path) => /^\/($|assets\/|icon|manifest)/.test(path))).toBe(true);
    await page.getByTestId('go-telemetry').click();
    await page.getByTestId('telemetry').waitFor();
    await page.getByTestId('go-drive').click();
    await car.close();
    await page.reload();
    await page.getByTestId('car-is-off').filter({ hasText: 'The car is off' }).waitFor();
    await page.getByTestId('go-setup').click();
    await page.getByTestId('setup').waitFor();
    await page.context().close();
  });

  test('pictures go on after every return to the driving screen, whatever was in flight when it was left', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url);
    const pictures = page.locator('[data-testid=picture-age]:not([data-level=none])');
    for (let i = 0; i < 12; i++) {
      await pictures.waitFor();
      await page.getByTestId('go-setup').click();
      await page.getByTestId('setup').waitFor();
      await page.getByTestId('go-drive').click();
    }
    await pictures.waitFor();
    await page.context().close();
  });

  test('nothing on it jumps while the car drives', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url);
    await page.getByTestId('driver-state').waitFor();
    await page.locator('[data-testid=picture-age]:not([data-level=none])').waitFor();
    await page.evaluate(() => {
      Object.assign(window, { shifts: [] });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) Reflect.get(window, 'shifts').push(Reflect.get(entry, 'value'));
      }).observe({ type: 'layout-shift' });
    });
    await holdToArm(page);
    await page.keyboard.down('w');
    await page.keyboard.down('a');
    await eventually(() => car.speedMps).toBeGreaterThan(1);
    await page.keyboard.up('w');
    await page.keyboard.up('a');
    await eventually(() => car.speedMps).toBeLessThan(0.05);
    const shifts: number[] = await page.evaluate(() => Reflect.get(window, 'shifts'));
    expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeLessThan(0.02);
    await page.context().close();
  });
});
