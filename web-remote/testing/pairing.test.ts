import { hostname } from 'node:os';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadCertificate } from '../../daemon/remote/certificate/certificate-file.ts';
import { testFolder } from '../../test/harness/test-folders.ts';
import { chromiumIsThere } from '../../test/harness/tools.ts';
import { launchBrowser, openPage, phone } from './browser.ts';
import { FakeCar } from './fake-car.ts';
import { keepToken, pairDevice } from './stage.ts';

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

  test.each(['pair', 'session'])(
    'is one remote, which drives, when the answer of /api/%s comes after it is known to be paired',
    async (late) => {
      const { page } = await openPage(browser, car.url);
      // A remote that connects again asks at its address again.
      const remotes = new Set<string>();
      page.on('websocket', (socket) => {
        if (socket.url().includes('/ws/control')) remotes.add(socket.url());
      });
      await page.getByTestId('pairing-code').fill(code());
      let [held, answered] = [false, false];
      await page.route(
        `**/api/${late}`,
        async (route) => {
          const now = late === 'pair' ? await route.fetch() : undefined;
          held = true;
          await page.getByTestId('stop').waitFor();
          await route.fulfill({ response: now ?? (await route.fetch()) });
          answered = true;
        },
        { times: 1 },
      );
      if (late === 'session') await expect.poll(() => held, { timeout: 30_000 }).toBe(true);
      await page.getByTestId('pairing-go').click();
      await expect.poll(() => answered, { timeout: 30_000 }).toBe(true);
      await page.getByTestId('driver-state').filter({ hasText: 'You drive' }).waitFor();
      // What the late answer sets off comes before the answer to a question that is asked after it.
      await page.evaluate(() => fetch('/api/devices').then((devices) => devices.text()));
      expect(remotes.size).toBe(1);
      expect(car.remote?.driver()).toBeDefined();
    },
  );

  test('on the machine itself, tells another one where the car is in its network', async () => {
    const context = await browser.newContext(phone);
    await keepToken(context, car, pairDevice(car, 'Own screen', 'driver'));
    const page = await context.newPage();
    await page.goto(`${car.url}#/setup/devices`);
    const said = await page.getByTestId('pair-where').textContent();
    const [address] = (car.remote?.address.urls ?? []).filter((url) => url !== car.url);
    expect(said).toContain(address ?? 'in no network');
    expect(said).not.toContain('127.0.0.1');
    await context.close();
  });

  test('that is paired to watch is offered nothing that the car would refuse, and stops it', async () => {
    const state = car.access?.openPairing('the test', 'viewer');
    const { page } = await openPage(browser, car.url);
    await page.getByTestId('pairing-code').fill(state?.open === true ? state.code : '');
    await page.getByTestId('pairing-go').click();
    await page.getByTestId('only-watch').waitFor();
    for (const refused of ['take-over', 'ask-to-drive', 'arm']) {
      expect(await page.getByTestId(refused).count(), refused).toBe(0);
    }
    await page.goto(`${car.url}#/setup/wheels`);
    await page.getByTestId('settings-note').filter({ hasText: 'paired to watch' }).waitFor();
    await page.getByTestId('set-deadZone').press('ArrowRight');
    await page.getByTestId('settings-discard').waitFor();
    for (const still of ['settings-save', 'settings-reset']) {
      expect(await page.getByTestId(still).isDisabled(), still).toBe(true);
    }
    await page.getByTestId('stop').click();
    await expect.poll(() => car.mode, { timeout: 30_000 }).toBe('estop');
  });
});

/** At a name of the network: browsers trust the address of the machine itself also without https. In small letters, as browsers have it. */
const name = `${hostname().toLowerCase()}.local`;

describe.skipIf(!chromiumIsThere())('a phone that comes by https', { timeout: 120_000 }, () => {
  const folder = testFolder('https-page');
  let browser: Browser;
  let car: FakeCar;
  let fingerprint: string;
  beforeAll(async () => {
    browser = await launchBrowser([name]);
    const certificate = await loadCertificate({ folder, names: [name], nowMs: Date.now() });
    fingerprint = certificate.fingerprint;
    car = await FakeCar.start(0, '0.0.0.0', { port: 0, certificate });
  });
  afterAll(async () => {
    await browser.close();
    await car.close();
  });
  const isSecure = (page: Page) =>
    page.evaluate(() => ({ secure: window.isSecureContext, wakeLock: 'wakeLock' in navigator }));

  test('gets what browsers keep for secure pages, sees the fingerprint, pairs, and drives by wss', async () => {
    const plain = await openPage(browser, `http://${name}:${new URL(car.url).port}/`);
    expect(await isSecure(plain.page)).toEqual({ secure: false, wakeLock: false });
    await plain.page.context().close();

    const { page, complaints } = await openPage(browser, `https://${name}:${car.httpsPort}/`, {
      ...phone,
      // As a person lets the certificate through who has compared it.
      ignoreHTTPSErrors: true,
    });
    expect(await isSecure(page)).toEqual({ secure: true, wakeLock: true });
    await page.getByTestId('pairing-code').waitFor();
    expect(await page.locator('.pairing-fingerprint').textContent()).toContain(fingerprint);
    const state = car.access?.pairing();
    await page.getByTestId('pairing-code').fill(state?.open === true ? state.code : '');
    await page.getByTestId('pairing-go').click();
    await page.getByTestId('stop').waitFor();
    await expect.poll(() => car.remote?.driver(), { timeout: 30_000 }).toBeDefined();
    const [cookie, ...others] = await page.context().cookies();
    expect(others).toEqual([]);
    expect(cookie).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Strict', domain: name });
    // Chromium takes no service worker from a certificate that was let through: the page is not there without the car.
    expect(complaints.filter((text) => !text.startsWith('An SSL certificate error occurred'))).toEqual([]);
  });

  test('that was not told to trust the certificate, is warned, and sees nothing', async () => {
    await expect(openPage(browser, `https://${name}:${car.httpsPort}/`)).rejects.toThrow(/ERR_CERT_AUTHORITY_INVALID/);
  });
});
