import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { chromiumIsThere } from '../../test/harness/tools.ts';
import { openPage, phone } from './browser.ts';
import { keepToken, pairDevice, stageWithCar, stageWithPage } from './stage.ts';

const patienceMs = 60_000;

/** The log, power, Wi-Fi: a car on its own machine. */
describe.skipIf(!chromiumIsThere())('care of the car', { timeout: 2 * patienceMs }, () => {
  const stage = stageWithPage({ patienceMs });

  const open = (id: string) => stage.page.goto(`${stage.car.url}#/setup/${id}`);
  const lines = () => stage.page.getByTestId('log-lines').locator('li');

  test('the log comes as it is written, and is filtered by level, program and text', async () => {
    const { car, page, complaints } = stage;
    const write = (level: number, name: string, msg: string) =>
      car.book.add(JSON.stringify({ level, time: Date.now(), name, msg }), Date.now());
    write(30, 'car', 'the remote is open');
    write(20, 'car', 'a detail');
    write(40, 'actuation', 'the board did not answer');
    await open('log');
    await lines().filter({ hasText: 'the board did not answer' }).waitFor();
    expect(await lines().count()).toBe(2);
    write(30, 'perception', 'a camera was found');
    await lines().filter({ hasText: 'a camera was found' }).waitFor();
    await page.getByTestId('log-level').selectOption('warning');
    expect(await lines().allTextContents()).toEqual([expect.stringContaining('the board did not answer')]);
    await page.getByTestId('log-level').selectOption('debug');
    await page.getByTestId('log-process').selectOption('car');
    expect(await lines().count()).toBe(2);
    // A space belongs into what is searched for; it stops nothing.
    await page.getByTestId('log-text').pressSequentially('remote IS');
    expect(await lines().allTextContents()).toEqual([expect.stringContaining('the remote is open')]);
    expect(car.mode).toBe('disarmed');
    expect(complaints).toEqual([]);
  });

  test('shutting down asks first, is refused while armed, and says what a simulated car would do', async () => {
    const { car, page } = stage;
    await open('car');
    await page.getByTestId('shut-down').click();
    await page.getByTestId('shut-down-not').click();
    expect(car.powerBegun).toEqual([]);
    await page.getByTestId('shut-down').click();
    await page.getByTestId('shut-down-yes').click();
    await page.getByTestId('power-said').filter({ hasText: 'A real car would shut its computer down' }).waitFor();
    expect(car.powerBegun).toEqual(['shut-down']);
    car.isSimulated = false;
    await page.getByTestId('restart-program').click();
    await page.getByTestId('restart-program-yes').click();
    await page.getByTestId('power-said').filter({ hasText: 'The program restarts' }).waitFor();

    // Armed while the question stands: it goes, and the car itself refuses too.
    await page.getByTestId('restart-car').click();
    car.mode = 'manual';
    await expect.poll(() => page.getByTestId('restart-car').isDisabled(), { timeout: patienceMs / 2 }).toBe(true);
    expect(await page.getByTestId('restart-car-yes').count()).toBe(0);
    const status = await page.evaluate(
      async () =>
        (
          await fetch('/api/power', {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: '{"action":"shut-down"}',
          })
        ).status,
    );
    expect(status).toBe(409);
    expect(car.powerBegun).toEqual(['shut-down', 'restart-program']);
  });

  test('which right is missing stands there, in the language of the page', async () => {
    const { browser, car } = stage;
    car.powerObstacles = { 'shut-down': { code: 'not-allowed', text: 'polkit', cure: 'install.sh' } };
    const vietnamese = await openPage(browser, `${car.url}#/setup/car`, { ...phone, locale: 'vi-VN' });
    await vietnamese.page.getByTestId('shut-down-obstacle').filter({ hasText: 'polkit không cho phép' }).waitFor();
    expect(await vietnamese.page.getByTestId('shut-down').isDisabled()).toBe(true);
    await vietnamese.page.context().close();
  });

  test('the Wi-Fi: name, strength, band, addresses; or that there is none', async () => {
    const { car, page } = stage;
    await open('car');
    const wifi = page.getByTestId('wifi');
    await wifi.filter({ hasText: 'classroom' }).waitFor();
    for (const text of ['-58 dBm', '5 GHz', 'channel 36', '192.168.4.20']) {
      await wifi.filter({ hasText: text }).waitFor();
    }
    car.wifi = { kind: 'absent' };
    await wifi.filter({ hasText: 'no Wi-Fi' }).waitFor();
  });
});

/** Devices: a car that the network can reach. */
describe.skipIf(!chromiumIsThere())('paired devices', { timeout: 2 * patienceMs }, () => {
  const stage = stageWithCar({ patienceMs, host: '0.0.0.0' });

  /** A phone whose browser was paired before. */
  async function pairedPhone(name: string, role: 'driver' | 'viewer'): Promise<Page> {
    const { browser, car } = stage;
    const context = await browser.newContext(phone);
    await keepToken(context, car, pairDevice(car, name, role));
    const page = await context.newPage();
    await page.goto(car.url);
    await page.getByTestId('driver-state').waitFor();
    return page;
  }
  const device = (page: Page, name: string) => page.getByTestId(`device-${name}`);

  test('are renamed, made viewers, given the wheel, and removed', async () => {
    const { car } = stage;
    const teacher = await pairedPhone('Teacher', 'driver');
    const lan = await pairedPhone('Lan', 'driver');
    await pairedPhone('Visitor', 'viewer');
    await teacher.goto(`${car.url}#/setup/devices`);
    await device(teacher, 'Teacher').filter({ hasText: 'this device · drives' }).waitFor();
    await device(teacher, 'Lan').filter({ hasText: 'connected' }).waitFor();
    expect(await device(teacher, 'Visitor').getByTestId('device-hand-over').count()).toBe(0);

    await device(teacher, 'Lan').getByTestId('device-rename').click();
    await device(teacher, 'Lan').getByTestId('device-new-name').fill('Lan’s phone');
    await device(teacher, 'Lan').getByTestId('device-rename-save').click();
    const renamed = device(teacher, 'Lan’s phone');
    await renamed.getByTestId('device-hand-over').click();
    await lan.getByTestId('driver-state').filter({ hasText: 'You drive' }).waitFor();
    await renamed.filter({ hasText: 'drives' }).waitFor();

    await renamed.getByTestId('device-role-viewer').click();
    await renamed.locator('[data-testid=device-role-viewer][aria-pressed=true]').waitFor();
    expect(await device(teacher, 'Teacher').getByTestId('device-role-viewer').isDisabled()).toBe(true);

    await renamed.getByTestId('device-revoke').click();
    await renamed.getByTestId('device-revoke-yes').click();
    await renamed.waitFor({ state: 'detached' });
    await lan.getByTestId('pairing-code').waitFor();
    expect(car.access?.devices.all.map(({ name }) => name)).toEqual(['Teacher', 'Visitor']);
  });

  test('one that is away shows when it was last there; a viewer sees none of it', async () => {
    const { car } = stage;
    const teacher = await pairedPhone('Teacher', 'driver');
    const visitor = await pairedPhone('Visitor', 'viewer');
    await teacher.goto(`${car.url}#/setup/devices`);
    await visitor.goto(`${car.url}#/setup/devices`);
    await visitor.locator('.screen-note').filter({ hasText: 'paired as viewer' }).waitFor();
    await visitor.goto(`${car.url}#/setup/log`);
    await visitor.getByTestId('log-note').filter({ hasText: 'paired as viewer' }).waitFor();
    await visitor.context().close();
    await device(teacher, 'Visitor').filter({ hasText: 'last seen' }).waitFor();
    expect(await teacher.getByTestId('pair-another').textContent()).toMatch(/Pairing is open for \d+ s/);
  });
});
