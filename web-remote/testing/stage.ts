import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Role } from '../../daemon/protocol/pairing.ts';
import { launchBrowser, openPage, phone } from './browser.ts';
import { FakeCar } from './fake-car.ts';

/** What a test of the page plays on: there from a test's beginning to its end. */
interface Stage {
  readonly browser: Browser;
  readonly car: FakeCar;
}

interface StageWithPage extends Stage {
  readonly page: Page;
  readonly complaints: readonly string[];
}

/**
 * To be called within `describe`: one browser for all its tests, and for each a car of its own.
 * @param patienceMs for the browser, and for a car, to be there.
 * @param host `0.0.0.0` for a car that the network can reach, where phones are paired; else it listens on its own machine.
 */
export function stageWithCar({ patienceMs, host }: { readonly patienceMs: number; readonly host?: '0.0.0.0' }): Stage {
  let browser: Browser;
  let car: FakeCar;
  beforeAll(async () => {
    browser = await launchBrowser();
  }, patienceMs);
  afterAll(() => browser.close());
  beforeEach(async () => {
    car = await FakeCar.start(0, host);
  }, patienceMs);
  afterEach(() => car.close());
  return {
    get browser() {
      return browser;
    },
    get car() {
      return car;
    },
  };
}

/** As `stageWithCar`, with the page of each test's car opened on a phone. `prepare` has the page before that. */
export function stageWithPage({
  patienceMs,
  prepare,
}: {
  readonly patienceMs: number;
  readonly prepare?: (page: Page) => Promise<void>;
}): StageWithPage {
  const stage = stageWithCar({ patienceMs });
  let opened: Awaited<ReturnType<typeof openPage>>;
  beforeEach(async () => {
    opened = await openPage(stage.browser, stage.car.url, phone, prepare);
  }, patienceMs);
  afterEach(() => opened.page.context().close());
  return {
    get browser() {
      return stage.browser;
    },
    get car() {
      return stage.car;
    },
    get page() {
      return opened.page;
    },
    get complaints() {
      return opened.complaints;
    },
  };
}

/** Pairs a device with a car that the network can reach; returns its token. */
export function pairDevice(car: FakeCar, name: string, role: Role): string {
  const state = car.access?.openPairing('a test', role);
  const paired = state?.open === true ? car.access?.pair(state.code, name, '127.0.0.1') : undefined;
  if (paired?.kind !== 'paired') throw new Error('not paired');
  return paired.token;
}

/** A browser comes back that was paired before. */
export function keepToken(context: BrowserContext, car: FakeCar, token: string): Promise<void> {
  return context.addCookies([{ name: car.access?.cookieName ?? '', value: token, url: car.url }]);
}
