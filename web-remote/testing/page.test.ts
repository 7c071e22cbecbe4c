import type { CDPSession } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { monotonicNowMs } from '../../daemon/platform/clock.ts';
import { chromiumIsThere } from '../../test/harness/tools.ts';
import { openPage, phone } from './browser.ts';
import { goTo, holdToArm, middleOf } from './page-car.ts';
import { stageWithPage } from './stage.ts';

/**
 * The built page in a real Chromium, behind the real remote, with a make-believe car. Waits for what is to happen, never
 * for time to pass; a few waits are for time itself, and those count commands or frames.
 */
/** On a busy machine a browser takes its time. */
const patienceMs = 60_000;

describe.skipIf(!chromiumIsThere())('the page', { timeout: patienceMs }, () => {
  const stage = stageWithPage({ patienceMs });
  beforeEach(() => stage.page.getByTestId('driver-state').filter({ hasText: 'You drive' }).waitFor(), patienceMs);

  const eventually = <T>(look: () => T) => expect.poll(look, { timeout: patienceMs / 2 });
  const mode = (text: string) => stage.page.getByTestId('mode').filter({ hasText: text }).waitFor();
  const lastCommand = () => stage.car.commands.at(-1);
  const requests = () => stage.car.requests.map((request) => request.kind);

  async function touch(
    session: CDPSession,
    type: 'touchStart' | 'touchMove' | 'touchEnd' | 'touchCancel',
    at?: object,
  ) {
    await session.send('Input.dispatchTouchEvent', { type, touchPoints: at === undefined ? [] : [at as never] });
  }

  /** Thumb down on the stick and pushed fully forward and to the left. */
  async function pushStick(session: CDPSession): Promise<void> {
    const at = await middleOf(stage.page, 'stick');
    await touch(session, 'touchStart', at);
    for (const part of [0.25, 0.5, 0.75, 1])
      await touch(session, 'touchMove', { x: at.x - 80 * part, y: at.y - 80 * part });
    await eventually(() => lastCommand()).toMatchObject({ steering: 1, throttle: 0.6 });
  }

  test('shows pictures that move on, with their age, and nothing is complained about', async () => {
    const { page, complaints } = stage;
    const id = page.getByTestId('frame-id');
    await eventually(async () => Number(await id.textContent())).toBeGreaterThan(3);
    await page
      .getByTestId('picture-age')
      .filter({ hasText: /^\d+ ms$/ })
      .waitFor();
    const brightness = await page.getByTestId('video-canvas').evaluate((canvas) => {
      const pixels = (canvas as HTMLCanvasElement).getContext('2d')?.getImageData(10, 10, 1, 1).data;
      return pixels === undefined ? 0 : (pixels[0] ?? 0) + (pixels[1] ?? 0) + (pixels[2] ?? 0);
    });
    expect(brightness).toBeGreaterThan(300);
    expect(complaints).toEqual([]);
  });

  test('a tap does not arm, a hold does; a stick by touch drives and its release is neutral', async () => {
    const { car, page } = stage;
    await page.getByTestId('arm').click();
    await holdToArm(page);
    expect(requests().filter((kind) => kind === 'arm')).toHaveLength(1);
    const session = await page.context().newCDPSession(page);
    await pushStick(session);
    await eventually(() => car.xM ** 2 + car.yM ** 2).toBeGreaterThan(0.01);
    await touch(session, 'touchEnd');
    await eventually(() => lastCommand()).toMatchObject({ steering: 0, throttle: 0 });
    // The released stick goes on proving that somebody is there.
    const before = car.commands.length;
    await eventually(() => car.commands.length).toBeGreaterThan(before + 5);
  });

  test('a touch that the system takes away is a released one', async () => {
    const { page } = stage;
    await holdToArm(page);
    const session = await page.context().newCDPSession(page);
    await pushStick(session);
    await touch(session, 'touchCancel');
    await eventually(() => lastCommand()).toMatchObject({ steering: 0, throttle: 0 });
  });

  test('losing the focus lets go at once and sends nothing more, though the thumb stays where it is', async () => {
    const { car, page } = stage;
    await holdToArm(page);
    const session = await page.context().newCDPSession(page);
    await pushStick(session);
    await page.evaluate(() => {
      document.hasFocus = () => false;
      window.dispatchEvent(new Event('blur'));
    });
    await eventually(() => lastCommand()).toMatchObject({ steering: 0, throttle: 0 });
    const silentFrom = car.commands.length;
    const frame = Number(await page.getByTestId('frame-id').textContent());
    // Ten frames are half a second, in which fifteen commands would have come.
    await eventually(async () => Number(await page.getByTestId('frame-id').textContent())).toBeGreaterThan(frame + 10);
    expect(car.commands.length).toBe(silentFrom);
  });

  test('the space bar stops and WASD drives, whatever has the focus', async () => {
    const { car, page } = stage;
    await holdToArm(page);
    await page.getByTestId('mode-manual').focus();
    await page.keyboard.down('w');
    await eventually(() => lastCommand()?.throttle).toBe(0.6);
    await page.keyboard.down('d');
    await eventually(() => lastCommand()?.steering).toBe(-1);
    await page.keyboard.press('Space');
    await page.getByTestId('release-stop').waitFor();
    expect(car.mode).toBe('estop');
    await page.keyboard.up('w');
    await page.getByTestId('release-stop').click();
    await mode('Disarmed');
  });

  test('a key held into a shortcut is let go: its release may never be told', async () => {
    const { page } = stage;
    await holdToArm(page);
    await page.keyboard.down('w');
    await eventually(() => lastCommand()?.throttle).toBe(0.6);
    await page.keyboard.down('Meta');
    await eventually(() => lastCommand()).toMatchObject({ steering: 0, throttle: 0 });
    await page.keyboard.up('Meta');
    await page.keyboard.up('w');
  });

  test('a viewer sees, may stop, and drives only after taking over', async () => {
    const { browser, car, page } = stage;
    await holdToArm(page);
    const viewer = await openPage(browser, car.url, { ...phone, viewport: { width: 844, height: 390 } });
    await viewer.page.getByTestId('driver-state').filter({ hasText: 'You watch' }).waitFor();
    car.lastStop = { code: 'emergency-stop', atMs: 1 };
    await viewer.page.getByTestId('stop').click();
    await mode('Stopped');
    const cure = (text: RegExp) => viewer.page.locator('.alert').filter({ hasText: text }).waitFor();
    // On a busy machine the first page may have lost the wheel by now.
    await cure(/Take over, or let the driver release|Press Drive, then release/);
    await viewer.page.getByTestId('take-over').click();
    await cure(/Release the stop, then arm again/);
    await page.getByTestId('driver-state').filter({ hasText: 'You watch' }).waitFor();
    await viewer.page.getByTestId('release-stop').click();
    await mode('Disarmed');
    await viewer.page.context().close();
  });

  test('after a reconnection nothing moves, though the thumb still pushes and the car believes to be in manual', async () => {
    const { car, page } = stage;
    await holdToArm(page);
    const session = await page.context().newCDPSession(page);
    await pushStick(session);
    const port = car.remote?.address.port ?? 0;
    await car.close();
    await page.getByTestId('connection').filter({ hasText: 'lost' }).waitFor();
    const before = car.commands.length;
    car.mode = 'manual';
    await car.open(port);
    await mode('Disarmed');
    expect(requests().at(-1)).toBe('disarm');
    await eventually(() => car.commands.length).toBeGreaterThan(before + 5);
    expect(car.commands.slice(before).every((command) => command.throttle === 0 && command.steering === 0)).toBe(true);
  });

  test('a picture that stands still is said to be frozen', async () => {
    const { car, page } = stage;
    await page
      .getByTestId('picture-age')
      .filter({ hasText: /^\d+ ms$/ })
      .waitFor();
    car.cameraStalled = true;
    await page
      .getByTestId('picture-age')
      .filter({ hasText: /^frozen 1\.\d s$/ })
      .waitFor();
    expect(await page.getByTestId('video-canvas').evaluate((canvas) => getComputedStyle(canvas).filter)).toContain(
      'grayscale',
    );
    car.cameraStalled = false;
    await page
      .getByTestId('picture-age')
      .filter({ hasText: /^\d+ ms$/ })
      .waitFor();
  });

  test('every reason against arming is listed, and holding the button does nothing meanwhile', async () => {
    const { car, page } = stage;
    car.obstacles = [
      { code: 'a', text: 'The camera is stalled', cure: 'Check the camera' },
      { code: 'b', text: 'No track in sight', cure: 'Put the car on the track' },
    ];
    const reasons = page.getByTestId('arm-reasons');
    await reasons
      .filter({ hasText: 'The camera is stalled' })
      .filter({ hasText: 'Put the car on the track' })
      .waitFor();
    expect(await page.getByTestId('arm').getAttribute('aria-disabled')).toBe('true');
    car.obstacles = [];
    await eventually(() => reasons.textContent()).toBe('');
    expect(requests()).not.toContain('arm');
  });

  test('why the car stopped is told to a page that comes later, too; long after it where one drives alone', async () => {
    const { car, page } = stage;
    car.lastStop = { code: 'detections-lost', atMs: monotonicNowMs() - 60_000, detail: '620 ms old' };
    const told = page.getByTestId('alerts').filter({ hasText: 'Stopped, detections late: 620 ms old' });
    await told.waitFor();
    await page.reload();
    await told.waitFor();
    await goTo(page, 'setup', 'setup');
    await page.reload();
    await mode('Disarmed');
    expect(await page.locator('.alert').count()).toBe(0);
    await goTo(page, 'drive', 'arm');
    await told.waitFor();
  });

  test('a mode that the car refused is not what the next arming leads to', async () => {
    const { car, page } = stage;
    car.mayChangeMode = false;
    await holdToArm(page);
    await page.getByTestId('mode-auto').click();
    await eventually(requests).toContain('set-mode');
    await page.getByTestId('arm').click();
    await mode('Disarmed');
    expect(await page.getByTestId('mode-manual').getAttribute('aria-pressed')).toBe('true');
    await holdToArm(page);
    expect(car.requests.at(-1)).toMatchObject({ kind: 'arm', mode: 'manual' });
  });

  test('the simulated car goes back to its start, but not while it is armed', async () => {
    const { page } = stage;
    await page.getByTestId('details').click();
    await page.getByTestId('reset-car').click();
    await eventually(requests).toContain('reset-simulated-car');
    await page.getByTestId('details').click();
    await holdToArm(page);
    await page.getByTestId('details').click();
    expect(await page.getByTestId('reset-car').isDisabled()).toBe(true);
  });

  test('the stop keeps its place and its size in every state', async () => {
    const { page } = stage;
    const place = async () => page.getByTestId('stop').boundingBox();
    const first = await place();
    expect(first?.height).toBeGreaterThanOrEqual(64);
    await holdToArm(page);
    expect(await place()).toEqual(first);
    await page.getByTestId('details').click();
    expect(await place()).toEqual(first);
    await page.getByTestId('stop').click();
    await mode('Stopped');
    expect(await place()).toEqual(first);
  });

  test('the throttle limit is kept on the device', async () => {
    const { page } = stage;
    await page.getByTestId('details').click();
    await page.getByTestId('throttle-cap').fill('30');
    await page.reload();
    await page.getByTestId('stick').filter({ hasText: 'max 30 %' }).waitFor();
  });
});
