import { beforeEach, describe, expect, test } from 'vitest';
import { chromiumIsThere } from '../../test/harness/tools.ts';
import { holdToArm, lean, middleOf, putInPad, setPad } from './page-car.ts';
import { stageWithPage } from './stage.ts';

/** Every way to steer but the thumbs (page.test.ts), and every way in which each of them ends. */
const patienceMs = 60_000;

describe.skipIf(!chromiumIsThere())('steering', { timeout: patienceMs }, () => {
  const stage = stageWithPage({ patienceMs, prepare: putInPad });
  beforeEach(() => stage.page.getByTestId('driver-state').filter({ hasText: 'You drive' }).waitFor(), patienceMs);

  const eventually = <T>(look: () => T) => expect.poll(look, { timeout: patienceMs / 2 });
  const lastCommand = () => stage.car.commands.at(-1);
  const neutral = { steering: 0, throttle: 0 };

  test('a gamepad drives, and one that is gone lets go at once', async () => {
    const { car, page } = stage;
    await holdToArm(page);
    await setPad(page, { axes: [1, 0, 0, 0], buttons: { 7: 1 } });
    await eventually(lastCommand).toMatchObject({ steering: -1, throttle: 0.6 });
    await setPad(page, { connected: false });
    await eventually(lastCommand).toMatchObject(neutral);
    await setPad(page, { connected: true });
    const before = car.commands.length;
    await eventually(() => car.commands.length).toBeGreaterThan(before + 10);
    expect(
      car.commands.slice(before).every(({ throttle }) => throttle === 0),
      'not before it was at rest',
    ).toBe(true);
  });

  test('a gamepad that repeats its last word for two seconds counts as released', async () => {
    const { car, page } = stage;
    await holdToArm(page);
    await setPad(page, { buttons: { 7: 1 } });
    await eventually(() => lastCommand()?.throttle).toBe(0.6);
    await eventually(lastCommand).toMatchObject(neutral);
    await setPad(page, { buttons: { 7: 0 } });
    // The page must have seen it at rest.
    const before = car.commands.length;
    await eventually(() => car.commands.length).toBeGreaterThan(before + 3);
    await setPad(page, { buttons: { 7: 0.9 } });
    await eventually(() => lastCommand()?.throttle).toBeGreaterThan(0.3);
  });

  test('losing the focus lets go of a gamepad, too; its stop button stops', async () => {
    const { car, page } = stage;
    await holdToArm(page);
    await setPad(page, { buttons: { 7: 1 } });
    await eventually(() => lastCommand()?.throttle).toBe(0.6);
    await page.evaluate(() => window.dispatchEvent(new Event('blur')));
    await eventually(lastCommand).toMatchObject(neutral);
    await setPad(page, { buttons: { 1: 1, 7: 0 } });
    await page.getByTestId('release-stop').waitFor();
    expect(car.mode).toBe('estop');
  });

  test('a pad’s control is found by pushing it, and the choice is kept', async () => {
    const { car, page } = stage;
    await page.goto(`${car.url}#/setup/gamepad`);
    await page.getByTestId('map-forward').click();
    await setPad(page, { buttons: { 0: 1 } });
    await page.getByTestId('pad').filter({ hasText: 'button 0' }).waitFor();
    await setPad(page, { buttons: { 0: 0 } });
    await page.getByTestId('go-drive').click();
    await holdToArm(page);
    await setPad(page, { buttons: { 0: 1 } });
    await eventually(() => lastCommand()?.throttle).toBe(0.6);
  });

  test('tilt steers with a thumb on the throttle, and a sensor that falls silent stops the throttle', async () => {
    const { car, page } = stage;
    await page.getByTestId('details').click();
    await page.getByTestId('sticks-tilt').click();
    await page.getByTestId('details').click();
    await holdToArm(page);
    const session = await page.context().newCDPSession(page);
    const at = await middleOf(page, 'stick-throttle');
    await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at] });
    for (const part of [0.5, 1]) {
      const to = { x: at.x, y: at.y - 80 * part };
      await session.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [to] });
    }
    // Readings come as long as the phone is held; straight ahead is the first one.
    await page.evaluate(() => {
      Object.assign(window, { gamma: 10 });
      const told = setInterval(() => {
        const gamma = Number(Reflect.get(window, 'gamma'));
        if (Number.isNaN(gamma)) clearInterval(told);
        else window.dispatchEvent(new DeviceOrientationEvent('deviceorientation', { beta: 0, gamma }));
      }, 16);
    });
    // The sensor began after the thumb came down: where it was silent for too long, the thumb is put down anew.
    await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at] });
    await session.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x: at.x, y: at.y - 80 }] });
    await eventually(lastCommand).toMatchObject({ steering: 0, throttle: 0.6 });
    await page.evaluate(() => Object.assign(window, { gamma: 55 }));
    await eventually(lastCommand).toMatchObject({ steering: -1, throttle: 0.6 });
    await page.evaluate(() => Object.assign(window, { gamma: Number.NaN }));
    await eventually(lastCommand).toMatchObject(neutral);
    await lean(page, 55);
    const before = car.commands.length;
    await eventually(() => car.commands.length).toBeGreaterThan(before + 10);
    expect(
      car.commands.slice(before).every(({ throttle }) => throttle === 0),
      'not by a late reading',
    ).toBe(true);
  });

  test('a mouse drags the stick, and letting go anywhere is neutral', async () => {
    const { page } = stage;
    await holdToArm(page);
    const at = await middleOf(page, 'stick');
    await page.mouse.move(at.x, at.y);
    await page.mouse.down();
    await page.mouse.move(at.x + 80, at.y - 80, { steps: 4 });
    await eventually(lastCommand).toMatchObject({ steering: -1, throttle: 0.6 });
    await page.mouse.move(2, 2);
    await page.mouse.up();
    await eventually(lastCommand).toMatchObject(neutral);
  });

  test('leaving the driving screen with a key held lets go; elsewhere keys drive nothing, the space bar stops', async () => {
    const { car, page } = stage;
    await holdToArm(page);
    await page.keyboard.down('w');
    await eventually(() => lastCommand()?.throttle).toBe(0.6);
    await page.getByTestId('go-telemetry').click();
    await eventually(lastCommand).toMatchObject(neutral);
    await page.keyboard.up('w');
    await page.keyboard.down('ArrowUp');
    const before = car.commands.length;
    await eventually(() => car.commands.length).toBeGreaterThan(before + 5);
    expect(car.commands.slice(before).every(({ throttle }) => throttle === 0)).toBe(true);
    await page.keyboard.press('Space');
    await page.locator('[data-testid=mode][data-mode=estop]').waitFor();
  });

  test('the child’s preset holds for keys and for pads', async () => {
    const { car, page } = stage;
    await page.goto(`${car.url}#/setup/steering`);
    await page.getByTestId('preset-child').click();
    await page.getByTestId('go-drive').click();
    await holdToArm(page);
    await page.keyboard.down('ArrowUp');
    await eventually(() => lastCommand()?.throttle).toBe(0.25);
    await page.keyboard.up('ArrowUp');
    await setPad(page, { buttons: { 7: 1 } });
    await eventually(() => lastCommand()?.throttle).toBe(0.25);
  });
});
