import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumIsThere } from '../../test/harness/tools.ts';
import { presses } from '../src/what-happens-if/faults.ts';
import { begin, motorText, press, type Story } from '../src/what-happens-if/story.ts';
import { launchBrowser, openPage, phone, screenSizes } from './browser.ts';
import { FakeCar } from './fake-car.ts';

const all = presses.flatMap((group) => group.presses);
const faults = all.filter(({ event }) => event.kind !== 'arm-requested');

describe.skipIf(!chromiumIsThere())('the page of what happens if', { timeout: 300_000 }, () => {
  let browser: Browser;
  let car: FakeCar;
  beforeAll(async () => {
    browser = await launchBrowser();
    car = await FakeCar.start();
  });
  afterAll(async () => {
    await browser.close();
    await car.close();
  });

  test('says of every fault, to a car that drives by hand and to one that drives itself, what the car would do', async () => {
    const { page, complaints } = await openPage(browser, new URL('/what-happens-if.html', car.url).href, phone);
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    await button('Stop').waitFor();
    expect(await page.getByRole('button').allTextContents()).toEqual(all.map(({ name }) => name));
    let story: Story = begin;
    const click = async (name: string): Promise<void> => {
      const found = all.find((each) => each.name === name);
      if (found === undefined) throw new Error(`there is no ${name}`);
      story = press(story, name, found.event);
      await button(name).click();
    };
    const clickAndRead = async (name: string): Promise<void> => {
      await click(name);
      await page.locator('header output', { hasText: motorText(story.state) }).waitFor();
      const [newest] = story.told;
      const first = page.locator('ol > li').first();
      await first.filter({ hasText: `${name} → ${newest?.mode}` }).waitFor();
      expect(await page.locator('header output').getAttribute('data-mode')).toBe(story.state.mode);
      expect(await first.locator('p').allTextContents()).toEqual(newest?.lines.map(({ text }) => text));
    };
    for (const arm of ['Arm, drive by hand', 'Arm, drive itself']) {
      for (const { name } of faults) {
        // From a car at rest, whatever the fault before has left behind.
        for (const first of ['Stop', 'Release the stop', arm]) await click(first);
        expect(motorText(story.state)).toMatch(/^Driven/);
        await clickAndRead(name);
      }
    }
    // It fits: nobody scrolls aside.
    for (const { viewport } of Object.values(screenSizes)) {
      await page.setViewportSize(viewport);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    }
    expect(complaints).toEqual([]);
  });
});
