import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumIsThere } from '../../test/harness/tools.ts';
import { launchBrowser, openPage } from './browser.ts';
import { FakeCar } from './fake-car.ts';

/** A car that the network can reach, and a phone that it does not know. */
describe.skipIf(!chromiumIsThere())('a phone that is not paired', { timeout: 120_000 }, () => {
  let browser: Browser;
  let car: FakeCar;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    car = await FakeCar.start(0, '0.0.0.0');
  });
  afterEach(() => car.close());

  const code = () => {
    const state = car.access?.pairing();
    if (state?.open !== true) throw new Error('pairing is closed');
    return state.code;
  };

  test('sees nothing but the pairing screen, pairs by the code, drives, and is out again when it is revoked', async () => {
    const { page, complaints } = await openPage(browser, car.url);
    await page.getByTestId('pairing-code').waitFor();
    expect(await page.getByTestId('stop').count()).toBe(0);
    expect(complaints).toEqual([]);

    await page.getByTestId('pairing-code').fill(code() === '000000' ? '000001' : '000000');
    await page.getByTestId('pairing-name').fill('Lan’s phone');
    await page.getByTestId('pairing-go').click();
    await page.getByTestId('pairing-refusal').filter({ hasText: 'not the code' }).waitFor();

    await page.getByTestId('pairing-code').fill(`${code().slice(0, 3)} ${code().slice(3)}`);
    await page.getByTestId('pairing-go').click();
    await page.getByTestId('stop').waitFor();
    await expect.poll(() => car.remote?.driver(), { timeout: 30_000 }).toBeDefined();
    const [device] = car.access?.devices.all ?? [];
    expect(device).toMatchObject({ name: 'Lan’s phone', role: 'driver' });

    // Known again without a code; and no script of the page can read why.
    await page.reload();
    await page.getByTestId('stop').waitFor();
    expect(await page.evaluate(() => document.cookie)).toBe('');

    car.access?.devices.revoke(device?.id ?? '');
    await page.getByTestId('pairing-code').waitFor({ timeout: 30_000 });
  });
});
