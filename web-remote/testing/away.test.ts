import { setTimeout as wait } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { monotonicNowMs } from '../../daemon/platform/clock.ts';
import { chromiumIsThere } from '../../test/harness/tools.ts';
import { openPage, phone } from './browser.ts';
import type { FakeCar } from './fake-car.ts';
import { connected, goTo, holdToArm, setHidden } from './page-car.ts';
import { keepToken, pairDevice, stageWithCar } from './stage.ts';

/** What happens to a page that stays open: the car, the phone or the network goes and comes back beneath it. */
const patienceMs = 60_000;
const landscape = { width: 844, height: 390 };
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: patienceMs });

/** Arms the car and holds the key that drives it forwards. */
async function driveByKeyboard(page: Page, car: FakeCar): Promise<void> {
  await connected(page);
  await holdToArm(page);
  await page.keyboard.down('w');
  await eventually(() => car.commands.at(-1)?.throttle).toBe(0.6);
}

describe.skipIf(!chromiumIsThere())('a page that stays open', { timeout: 3 * patienceMs }, () => {
  const stage = stageWithCar({ patienceMs });

  test('finds a car again that was started anew, and drives it only once it is armed again', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url);
    await driveByKeyboard(page, car);
    const port = car.remote?.address.port ?? 0;
    await car.close();
    await page.getByTestId('car-is-off').waitFor();
    car.mode = 'disarmed';
    const before = car.commands.length;
    await car.open(port);
    await connected(page);
    await page.locator('[data-testid=mode][data-mode=disarmed]').waitFor();
    await page.locator('[data-testid=picture-age]:not([data-level=none])').waitFor();
    expect(car.commands.slice(before).every(({ throttle }) => throttle === 0)).toBe(true);
    await page.keyboard.up('w');
    await holdToArm(page);
    await page.context().close();
  });

  test('comes back after each of many reconnections with the same two connections, and no more', async () => {
    const { browser, car } = stage;
    const { page, complaints } = await openPage(browser, car.url, phone, async (opening) => {
      await opening.addInitScript(() => {
        const sockets: WebSocket[] = [];
        Object.assign(window, { sockets });
        window.WebSocket = class extends WebSocket {
          constructor(...options: ConstructorParameters<typeof WebSocket>) {
            super(...options);
            sockets.push(this);
          }
        };
      });
    });
    const areOpen = () =>
      page.evaluate(() => Reflect.get(window, 'sockets').filter((one: WebSocket) => one.readyState === 1).length);
    await eventually(areOpen).toBe(2);
    for (let i = 0; i < 12; i++) {
      await page.evaluate(() => {
        for (const socket of Reflect.get(window, 'sockets').splice(0)) socket.close();
      });
      await eventually(areOpen).toBe(2);
    }
    await connected(page);
    await page.getByTestId('driver-state').filter({ hasText: 'You drive' }).waitFor();
    await eventually(() => car.remote?.clients()).toBe(1);
    // A connection for pictures that was still being made is given up with the others.
    expect(complaints.filter((complaint) => !complaint.includes('before the connection is established'))).toEqual([]);
    await page.context().close();
  });

  test('that stood still for too long takes the wheel again, and arms', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url);
    await connected(page);
    await page.evaluate(() => {
      const fromMs = performance.now();
      while (performance.now() - fromMs < 2000);
    });
    await eventually(() => car.requests.map(({ kind }) => kind)).toContain('driver-gone');
    await holdToArm(page);
    expect(car.mode).toBe('manual');
    await page.context().close();
  });

  test('that loses the wheel again and again is not armed by taking it as often', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url, phone, async (opening) => {
      // Whatever else is said, each welcome of this car has somebody else drive as soon as the wheel is taken.
      await opening.routeWebSocket(/\/ws\/control/, (socket) => {
        const server = socket.connectToServer();
        server.onMessage((data) => {
          const isWelcome = typeof data === 'string' && data.includes('"kind":"welcome"');
          socket.send(isWelcome ? data.replace('"isDriver":true', '"isDriver":false') : data);
        });
      });
    });
    await connected(page);
    await expect(holdToArm(page)).rejects.toThrow(/has taken the wheel 3 times/);
    expect(car.mode).toBe('disarmed');
    await page.context().close();
  });

  test('turned on its side while it drives lets go, and steers from there on', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url);
    await connected(page);
    await holdToArm(page);
    const stick = await page.getByTestId('stick').boundingBox();
    if (stick === null) throw new Error('no stick');
    const at = { x: stick.x + stick.width / 2, y: stick.y + stick.height / 2 };
    await page.mouse.move(at.x, at.y);
    await page.mouse.down();
    await page.mouse.move(at.x, at.y - 60, { steps: 4 });
    await eventually(() => car.commands.at(-1)?.throttle ?? 0).toBeGreaterThan(0.3);
    await page.setViewportSize(landscape);
    await page.getByTestId('stick-throttle').waitFor();
    await eventually(() => car.commands.at(-1)?.throttle).toBe(0);
    await page.mouse.up();
    await page.keyboard.down('w');
    await eventually(() => car.commands.at(-1)?.throttle).toBe(0.6);
    await page.keyboard.up('w');
    await page.context().close();
  });

  test('follows the phone from light to dark while it is open', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url, { ...phone, colorScheme: 'light' });
    await connected(page);
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.emulateMedia({ colorScheme: 'dark' });
    await eventually(ground).not.toBe(light);
    await page.emulateMedia({ colorScheme: 'light' });
    await eventually(ground).toBe(light);
    await page.context().close();
  });

  test('a phone whose clock is years behind shows the picture’s true age', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url, phone, async (opening) => {
      await opening.addInitScript(() => {
        const now = Date.now;
        Date.now = () => now() - 1e11;
      });
    });
    car.extraAgeMs = 400;
    const age = async () => Number.parseInt((await page.getByTestId('picture-age').textContent()) ?? '', 10);
    await eventually(age).toBeGreaterThan(400);
    await eventually(age).toBeLessThan(1000);
    await page.context().close();
  });

  test('two tabs of one phone: one drives, the other watches, and may stop', async () => {
    const { browser, car } = stage;
    const { page: first } = await openPage(browser, car.url);
    await first.getByTestId('driver-state').filter({ hasText: 'You drive' }).waitFor();
    const second = await first.context().newPage();
    await second.goto(car.url);
    await second.getByTestId('driver-state').filter({ hasText: 'You watch' }).waitFor();
    await second.getByTestId('stop').click();
    await eventually(() => car.mode).toBe('estop');
    await first.locator('[data-testid=mode][data-mode=estop]').waitFor();
    await first.context().close();
  });

  test('where the live connection alone is held back, that is what it says', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url, phone, async (opening) => {
      await opening.routeWebSocket(/\/ws\//, (socket) => void socket.close());
    });
    await page.getByTestId('car-is-off').filter({ hasText: 'holds its live connection back' }).waitFor();
    await page.context().close();
  });

  test('keeps the mode that was chosen over a lost connection, arms nothing, and forgets it when somebody else drove', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url);
    await connected(page);
    const isChosen = (mode: 'manual' | 'auto') =>
      page.locator(`[data-testid=mode-${mode}][aria-pressed=true]:not([disabled])`);
    await page.getByTestId('mode-auto').click();
    const port = car.remote?.address.port ?? 0;
    await car.close();
    await page.getByTestId('car-is-off').waitFor();
    await car.open(port);
    await connected(page);
    await isChosen('auto').waitFor();
    expect(car.mode).toBe('disarmed');
    expect(car.requests.filter(({ kind }) => kind === 'arm')).toEqual([]);
    const { page: other } = await openPage(browser, car.url);
    await other.getByTestId('take-over').click();
    await page.getByTestId('take-over').click();
    await isChosen('manual').waitFor();
    await other.context().close();
    await page.context().close();
  });

  test('says where one drives why the car stands, until somebody has read it', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url);
    await connected(page);
    car.lastStop = { code: 'remote-lost', atMs: monotonicNowMs(), detail: 'silent for 1.0 s' };
    const why = page.locator('.alert').filter({ hasText: 'Stopped, phone lost: silent for 1.0 s' });
    await why.waitFor();
    // Longer than what is most urgent is told.
    await wait(13_000);
    expect(await why.count()).toBe(1);
    await goTo(page, 'setup', 'setup');
    expect(await why.count()).toBe(0);
    await goTo(page, 'drive', 'arm');
    await why.getByRole('button').click();
    await why.waitFor({ state: 'detached' });
    await page.context().close();
  });

  test('in the background it drives nothing, and what was said meanwhile is still there to be read', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url);
    await driveByKeyboard(page, car);
    await setHidden(page, true);
    await eventually(() => car.commands.at(-1)?.throttle).toBe(0);
    car.remote?.sendEvent({ code: 'armed', atMs: 0 });
    car.remote?.sendEvent({ code: 'battery-low', atMs: 0 });
    const alert = page.locator('.alert').filter({ hasText: 'Battery low' });
    await alert.waitFor();
    // Longer than a warning is shown to somebody who looks.
    await wait(7000);
    expect(await alert.count()).toBe(1);
    await setHidden(page, false);
    await alert.waitFor();
    await alert.waitFor({ state: 'detached' });
    await page.keyboard.up('w');
    await page.context().close();
  });
});

describe.skipIf(!chromiumIsThere())('a device that is removed while it drives', { timeout: 2 * patienceMs }, () => {
  const stage = stageWithCar({ patienceMs, host: '0.0.0.0' });

  test('drives nothing from then on, and its page says why', async () => {
    const { browser, car } = stage;
    const context = await browser.newContext(phone);
    await keepToken(context, car, pairDevice(car, 'Mine', 'driver'));
    const page = await context.newPage();
    await page.goto(car.url);
    await driveByKeyboard(page, car);
    const [device] = car.access?.devices.all ?? [];
    car.access?.devices.revoke(device?.id ?? '');
    const atRemoval = car.commands.length;
    // The car itself stops at once, whatever the page does.
    expect(car.requests.at(-1)).toMatchObject({ kind: 'driver-gone' });
    expect(car.mode).toBe('disarmed');
    await page.getByTestId('pairing-removed').filter({ hasText: 'was removed' }).waitFor();
    expect(car.commands.length).toBe(atRemoval);
    await goTo(page, 'drive', 'pairing-code');
    await context.close();
  });
});
