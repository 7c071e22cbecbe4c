import type { Page } from 'playwright-core';

/** What tests do to the page with hands. */
export async function middleOf(page: Page, testId: string): Promise<{ x: number; y: number }> {
  const box = await page.getByTestId(testId).boundingBox();
  if (box === null) throw new Error(`${testId} is not on the page`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

export const connected = (page: Page): Promise<void> =>
  page.locator('[data-testid=connection][data-state=connected]').waitFor();

/** Where each screen is, and what is there once it is shown. `screensListed` says what the page itself leads to. */
export const everyScreen = [
  ['drive', 'arm'],
  ['telemetry', 'telemetry'],
  ['setup', 'setup'],
  ['setup/steering', 'preset-child'],
  ['setup/gamepad', 'no-pad'],
  ['setup/display', 'language-vi'],
  ['setup/wheels', 'set-centrePulseUs'],
  ['setup/camera', 'set-heightM'],
  ['setup/network', 'network-card'],
  ['setup/devices', 'setup-devices'],
  ['setup/car', 'shut-down'],
  ['setup/log', 'log-lines'],
] as const;

/** Where the page's own bar and its list of what can be set up lead to. Leaves it at that list. */
export async function screensListed(page: Page): Promise<string[]> {
  await goTo(page, 'setup', 'setup');
  return page
    .locator('nav.screens a, nav.setup-list a')
    .evaluateAll((links) => links.map((link) => (link.getAttribute('href') ?? '').replace('#/', '')));
}

/** To another screen, as following a link does. */
export async function goTo(page: Page, at: string, there: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `#/${at}`);
  await page.getByTestId(there).first().waitFor();
}

/** A machine that is busy lets a page stand still now and then. */
const mostTakings = 3;

/**
 * Holds the arm button until the car is in the mode. A page that a busy machine lets stand still for a second has lost the wheel,
 * as it should: it takes it again first.
 * @throws Error for a page that loses it again and again.
 */
export async function holdToArm(page: Page, mode: 'manual' | 'auto' = 'manual'): Promise<void> {
  const ready = page.locator('[data-testid=arm][aria-disabled=false]');
  const lost = page.getByTestId('take-over');
  const armed = page.locator(`[data-testid=mode][data-mode=${mode}]`);
  for (let takings = 0; ; ) {
    await ready.or(lost).first().waitFor();
    if (await lost.isVisible()) {
      if (takings === mostTakings) throw new Error(`the page has taken the wheel ${takings} times, and has it no more`);
      takings++;
      // It may come back by itself meanwhile, with a connection of its own.
      await lost.dispatchEvent('click', {}, { timeout: 1000 }).catch(() => {});
      // One taking, however long the car's answer takes. What was asked of a connection that broke is asked again.
      await lost.waitFor({ state: 'hidden', timeout: 5000 }).catch(() => {});
      continue;
    }
    // Waits until the button stands still: the first telemetry may still move it.
    const isHovered = await ready.hover({ timeout: 5000 }).then(
      () => true,
      () => false,
    );
    if (!isHovered) continue;
    await page.mouse.down();
    await armed.or(lost).first().waitFor();
    await page.mouse.up();
    if (await armed.isVisible()) return;
  }
}

/** As a browser does for a page that is put away, or comes back: the screen is locked, another program or a call lies over it. */
export function setHidden(page: Page, hidden: boolean): Promise<void> {
  return page.evaluate((isHidden) => {
    Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

/** A gamepad of the test's own, in the place of the browser's; moved by `setPad`. To be put in before the page is opened. */
export async function putInPad(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const pad = {
      id: 'Scripted pad',
      index: 0,
      connected: true,
      mapping: 'standard',
      timestamp: 1,
      axes: [0, 0, 0, 0],
      buttons: Array.from({ length: 17 }, () => ({ pressed: false, touched: false, value: 0 })),
    };
    Object.assign(window, { scriptedPad: pad });
    Object.defineProperty(navigator, 'getGamepads', { value: () => (pad.connected ? [pad] : [null]) });
  });
}

export function setPad(
  page: Page,
  to: {
    readonly axes?: readonly number[];
    readonly buttons?: Readonly<Record<number, number>>;
    readonly connected?: boolean;
  },
): Promise<void> {
  return page.evaluate((change) => {
    const pad = Reflect.get(window, 'scriptedPad');
    pad.timestamp += 1;
    pad.connected = change.connected ?? pad.connected;
    if (change.axes !== undefined) pad.axes = change.axes;
    for (const [index, value] of Object.entries(change.buttons ?? {})) {
      pad.buttons[index] = { pressed: value > 0.5, touched: value > 0, value };
    }
  }, to);
}

/** The phone leans: `gammaDeg` with its screen up, right edge down being positive. */
export function lean(page: Page, gammaDeg: number): Promise<void> {
  return page.evaluate((gamma) => {
    window.dispatchEvent(new DeviceOrientationEvent('deviceorientation', { alpha: 0, beta: 0, gamma }));
  }, gammaDeg);
}
