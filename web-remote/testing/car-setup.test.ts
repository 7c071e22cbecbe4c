import { beforeEach, describe, expect, test } from 'vitest';
import { chromiumIsThere } from '../../test/harness/tools.ts';
import { goTo } from './page-car.ts';
import { axeFaults } from './page-faults.ts';
import { stageWithPage } from './stage.ts';

const patienceMs = 600_000;
/** For what a screen shows: longer than the car itself waits for a network's facts, so that it is the car that says what is wrong. */
const shownWithinMs = 240_000;

/** What the car keeps, set from the page: the real page, the real endpoints, the real settings. */
describe.skipIf(!chromiumIsThere())('set up of the car', { timeout: patienceMs }, () => {
  const stage = stageWithPage({ patienceMs });
  beforeEach(() => stage.page.setDefaultTimeout(shownWithinMs));

  const open = (id: string) => stage.page.goto(`${stage.car.url}#/setup/${id}`);
  const settings = () => stage.car.settings.state.settings;
  const eventually = <T>(look: () => T) => expect.poll(look, { timeout: shownWithinMs });

  test('the middle of the steering is slid, saved, taken back, and given back to the factory', async () => {
    const { page, complaints } = stage;
    await open('wheels');
    await page.getByTestId('set-centrePulseUs').fill('1480');
    expect(settings().steering?.centrePulseUs, 'nothing is sent before it is saved').toBe(1500);
    await page.getByTestId('settings-save').click();
    await eventually(() => settings().steering?.centrePulseUs).toBe(1480);
    await page.getByTestId('settings-undo').click();
    await eventually(() => settings().steering?.centrePulseUs).toBe(1500);
    await page.getByTestId('turn-motor').click();
    await page.getByTestId('settings-save').click();
    await eventually(() => settings().motor).toMatchObject({ forwardPulseUs: 1000, reversePulseUs: 2000 });
    await page.getByTestId('settings-reset').click();
    await eventually(() => settings().motor).toMatchObject({ forwardPulseUs: 2000, reversePulseUs: 1000 });
    expect(complaints).toEqual([]);
  });

  test.each([
    ['wheels', 'set-centrePulseUs', '1480'],
    ['camera', 'set-heightM', '25'],
    ['network', 'set-scoreThreshold', '0.5'],
  ])('%s: what is not saved yet is there again after another screen, and after a reload', async (id, slider, value) => {
    const { car, page } = stage;
    const before = settings();
    await open(id);
    const shown = () => page.getByTestId(slider).inputValue();
    await page.getByTestId(slider).waitFor();
    const first = await shown();
    await page.getByTestId(slider).fill(value);
    await page.getByTestId('settings-note').filter({ hasText: 'Not saved yet' }).waitFor();
    await goTo(page, 'setup', `unsaved-${id}`);
    expect(await page.locator('.setup-list em').count(), 'its row alone says so').toBe(1);
    expect(await axeFaults(page)).toEqual([]);
    await goTo(page, `setup/${id}`, slider);
    expect(await shown()).toBe(value);
    await page.reload();
    await page.getByTestId('settings-note').filter({ hasText: 'Not saved yet' }).waitFor();
    expect(await shown()).toBe(value);
    expect(car.settings.state.settings).toEqual(before);
    await page.getByTestId('settings-discard').click();
    const asked = page.waitForResponse('**/api/session');
    await goTo(page, 'setup', `open-${id}`);
    await asked;
    await page.getByTestId(`unsaved-${id}`).waitFor({ state: 'detached' });
    await open(id);
    await page.reload();
    await page.getByTestId(slider).waitFor();
    expect(await shown()).toBe(first);
    expect(await page.getByTestId('settings-save').isDisabled()).toBe(true);
  });

  test('what somebody else has set meanwhile is said beside the value, and saved over only when that is asked for', async () => {
    const { car, page } = stage;
    await open('network');
    await page.getByTestId('set-maxSpeedMps').fill('1.8');
    car.settings.change({ pilot: { maxSpeedMps: 0.8, stopFor: [] } });
    await page.getByTestId('settings-save').click();
    const marks = page.getByTestId('changed-meanwhile');
    await marks.filter({ hasText: 'Changed in the car meanwhile: 0.8 m/s' }).waitFor();
    await page.getByTestId('settings-note').filter({ hasText: 'Somebody else' }).waitFor();
    expect(settings().pilot.maxSpeedMps).toBe(0.8);
    expect(await marks.count(), 'what was not changed here is no matter').toBe(1);
    await page.reload();
    await marks.filter({ hasText: '0.8 m/s' }).waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await page.getByTestId('settings-save').filter({ hasText: 'Save anyway' }).click();
    await eventually(() => settings().pilot.maxSpeedMps).toBe(1.8);
    await marks.waitFor({ state: 'detached' });
    expect(settings().pilot.stopFor).toEqual([]);
  });

  test('a value that makes no sense is refused in words, and the draft stays', async () => {
    const { page } = stage;
    await open('wheels');
    await page.getByTestId('set-centrePulseUs').fill('2200');
    await page.getByTestId('settings-save').click();
    await page.getByTestId('settings-note').filter({ hasText: 'centrePulseUs is 2200' }).waitFor();
    expect(await page.getByTestId('set-centrePulseUs').inputValue()).toBe('2200');
    expect(settings().steering?.centrePulseUs).toBe(1500);
    await page.getByTestId('settings-discard').click();
    expect(await page.getByTestId('set-centrePulseUs').inputValue()).toBe('1500');
  });

  test('a refusal is said in the language of the page, with the car’s own words behind it', async () => {
    const { car, page } = stage;
    await goTo(page, 'setup/display', 'language-vi');
    await page.getByTestId('language-vi').click();
    await open('wheels');
    await page.getByTestId('set-centrePulseUs').fill('2200');
    await page.getByTestId('settings-save').click();
    await page
      .getByTestId('settings-note')
      .filter({ hasText: 'actuators.steering.centrePulseUs là 2200: phải nằm giữa leftPulseUs' })
      .filter({ hasText: 'centrePulseUs is 2200: it must lie between' })
      .waitFor();
    // As a phone with a page of another version might send it: beyond what the slider gives.
    const answer = await page.evaluate(async () => {
      const body = JSON.stringify({ throttle: { maxForward: 7 } });
      const headers = { 'Content-Type': 'application/json' };
      return (await fetch('/api/settings', { method: 'PATCH', headers, body })).json();
    });
    expect(answer.error).toMatchObject({
      code: 'body-unfit',
      trouble: { code: 'body-unfit', because: [{ code: 'value-too-large', parameters: { most: 1 } }] },
    });
    await goTo(page, 'drive', 'arm');
    car.obstacles = [
      {
        ...{ code: 'detector-refused', text: 'a.onnx is none', cure: 'Check --model' },
        trouble: { code: 'network-not-onnx', parameters: { file: 'a.onnx' } },
      },
    ];
    await page.getByTestId('arm-reasons').filter({ hasText: 'a.onnx không phải mạng ONNX dùng được' }).waitFor();
  });

  test('nothing can be saved while the car is armed', async () => {
    const { car, page } = stage;
    await open('wheels');
    await page.getByTestId('set-deadZone').fill('0.12');
    await page.getByTestId('set-maxForward').fill('0.5');
    car.mode = 'auto';
    await page.getByTestId('settings-note').filter({ hasText: 'Disarm the car' }).waitFor();
    expect(await page.getByTestId('settings-save').isDisabled()).toBe(true);
    car.mode = 'disarmed';
    await page.getByTestId('settings-save').click();
    await eventually(() => settings().throttle).toEqual({ deadZone: 0.12, maxForward: 0.5, maxReverse: 1 });
  });

  test('the grid on the ground follows the camera, over the live picture', async () => {
    const { page } = stage;
    await open('camera');
    const grid = page.getByTestId('ground-grid');
    const drawn = () => grid.locator('polyline').first().getAttribute('points');
    await grid.locator('polyline').first().waitFor();
    const before = await drawn();
    await page.getByTestId('set-heightM').fill('25');
    await eventually(drawn).not.toBe(before);
    const brightness = () =>
      grid.locator('canvas').evaluate((canvas) => {
        const pixel = (canvas as HTMLCanvasElement).getContext('2d')?.getImageData(10, 10, 1, 1).data;
        return (pixel?.[0] ?? 0) + (pixel?.[1] ?? 0) + (pixel?.[2] ?? 0);
      });
    await eventually(brightness).toBeGreaterThan(300);
    await page.getByTestId('settings-save').click();
    await eventually(() => settings().camera.heightM).toBeCloseTo(0.25);
  });

  test('a network is chosen by its card, and what the car stops for', async () => {
    const { page } = stage;
    await open('network');
    await page.getByTestId('network-car-cones-384').click();
    const card = page.getByTestId('network-card');
    for (const text of ['blue cone', '384 × 288', '13 (IR 7)', 'MIT', 'yolov8'])
      await card.filter({ hasText: text }).waitFor();
    await page
      .getByTestId('network-measured')
      .filter({ hasText: /^17\.8 ms · cpu/ })
      .waitFor();
    await page.getByLabel('person').uncheck();
    await page.getByTestId('set-scoreThreshold').fill('0.5');
    await page.getByTestId('settings-save').click();
    await eventually(() => settings().pilot.stopFor).toEqual(['stop sign', 'box']);
    expect(settings().detector).toMatchObject({ scoreThreshold: 0.5, modelFile: 'models/car-cones-384.onnx' });
  });

  test.each(['wheels', 'camera', 'network'])('%s: everything is large enough for a thumb', async (id) => {
    const { page } = stage;
    await open(id);
    await page.getByTestId('settings-reset').waitFor();
    const small = await page
      .locator('.settings button, .settings input[type=range], .settings .toggle')
      .evaluateAll((all) =>
        all.flatMap((element) => {
          const { width, height } = element.getBoundingClientRect();
          return width < 44 || height < 44 ? [`${element.textContent} ${width} x ${height}`] : [];
        }),
      );
    expect(small).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });
});
