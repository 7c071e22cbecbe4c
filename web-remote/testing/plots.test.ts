import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { TelemetryHistory } from '../../daemon/protocol/telemetry-history.ts';
import { TestPhone } from '../../daemon/remote/testing/phone.ts';
import { chromiumIsThere } from '../../test/harness/tools.ts';
import { openPage, phone } from './browser.ts';
import type { FakeCar } from './fake-car.ts';
import { stageWithCar } from './stage.ts';

/** What the plots show, by the ink on them: a plot that is there may still be empty. */
const patienceMs = 60_000;

const throttleInk = [0xd9, 0x7b, 0x1f] as const;
const steeringInk = [0x2f, 0x9b, 0xe0] as const;

/** What the car tells to one who comes now. */
async function historyOf(car: FakeCar): Promise<TelemetryHistory | undefined> {
  const visitor = await TestPhone.connect(car.remote?.address.port ?? 0);
  await visitor.settled();
  visitor.socket.terminate();
  return visitor.messages.all.find((message) => message.kind === 'telemetry-history');
}

/** Values, between −1 at the bottom and 1 at the top, at which the plot has ink of this colour in its left half. */
function inkedValues(plot: Locator, ink: readonly [number, number, number]): Promise<number[]> {
  return plot.evaluate((holder, colour) => {
    const canvas = holder.querySelector('canvas');
    const area = holder.querySelector('.u-over')?.getBoundingClientRect();
    // On a copy: the browser warns of a plot that is read again and again.
    const copy = document.createElement('canvas');
    const context = copy.getContext('2d', { willReadFrequently: true });
    if (!canvas || !area || !context) return [];
    copy.width = canvas.width;
    copy.height = canvas.height;
    context.drawImage(canvas, 0, 0);
    const whole = canvas.getBoundingClientRect();
    const scale = canvas.width / whole.width;
    const [left, top] = [(area.left - whole.left) * scale, (area.top - whole.top) * scale];
    const [width, height] = [(area.width * scale) / 2, area.height * scale];
    const { data } = context.getImageData(left, top, width, height);
    const rows = new Set<number>();
    for (let pixel = 0; pixel < data.length / 4; pixel++) {
      // Lines are drawn with soft edges.
      const isInk = colour.every((part, i) => Math.abs((data[pixel * 4 + i] ?? 0) - part) < 24);
      if (isInk && (data[pixel * 4 + 3] ?? 0) > 200) rows.add(Math.floor(pixel / Math.floor(width)));
    }
    return [...rows].map((row) => 1 - (2 * row) / height);
  }, ink);
}

describe.skipIf(!chromiumIsThere())('the plots', { timeout: 3 * patienceMs }, () => {
  const stage = stageWithCar({ patienceMs });
  const eventually = <T>(look: () => T) => expect.poll(look, { timeout: patienceMs });
  const demandOf = (page: Page) => page.getByRole('img', { name: 'Steering (right is up) and throttle' });
  const isNear = (value: number) => (other: number) => Math.abs(other - value) < 0.04;

  test('of a page that has just come show what the car did before, whatever the phone’s clock says', async () => {
    const { browser, car } = stage;
    car.mode = 'auto';
    await eventually(
      async () => (await historyOf(car))?.throttleAsked?.filter((asked) => asked === 0.45).length,
    ).toBeGreaterThan(5);
    car.mode = 'disarmed';
    await eventually(async () => (await historyOf(car))?.throttleAsked?.at(-1)).toBe(0);
    const { page, complaints } = await openPage(browser, `${car.url}#/telemetry`, phone, async (opening) => {
      await opening.addInitScript(() => {
        const [date, monotonic] = [Date.now, performance.now.bind(performance)];
        Date.now = () => date() - 1e11;
        performance.now = () => monotonic() + 1e9;
      });
    });
    const plot = demandOf(page);
    // Given is nine tenths of what is asked; steering to the left lies below the middle.
    await eventually(async () => (await inkedValues(plot, throttleInk)).some(isNear(0.405))).toBe(true);
    await eventually(async () => (await inkedValues(plot, steeringInk)).some(isNear(-0.288))).toBe(true);
    expect(complaints.filter((complaint) => complaint.includes('does not know'))).toEqual([]);
    await page.context().close();
  });

  test('have a time axis of even, whole steps back from now', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, `${car.url}#/telemetry`, phone, async (opening) => {
      await opening.addInitScript(() => {
        const { fillText } = CanvasRenderingContext2D.prototype;
        CanvasRenderingContext2D.prototype.fillText = function (...drawn) {
          const axes: number[][] = Reflect.get(window, 'timeAxes') ?? [];
          const seconds = /^(−?\d+) s$/.exec(drawn[0])?.[1];
          // Drawn from left to right: whatever is not later than the one before begins an axis.
          const at = Number(seconds?.replace('−', '-'));
          if (seconds !== undefined && at > (axes.at(-1)?.at(-1) ?? Number.POSITIVE_INFINITY)) axes.at(-1)?.push(at);
          else if (seconds !== undefined) axes.push([at]);
          Object.assign(window, { timeAxes: axes });
          return fillText.apply(this, drawn);
        };
      });
    });
    const axes = (): Promise<number[][]> => page.evaluate(() => Reflect.get(window, 'timeAxes') ?? []);
    await eventually(async () => (await axes()).filter((axis) => axis.length > 3).length).toBeGreaterThan(20);
    for (const axis of await axes()) {
      const step = (axis[1] ?? 0) - (axis[0] ?? 0);
      expect(axis.map((at, i) => at - i * step)).toEqual(axis.map(() => axis[0]));
      expect(axis.at(-1)).toBe(0);
    }
    await page.context().close();
  });

  test('of a page that comes to a car which has only stood show that alone', async () => {
    const { browser, car } = stage;
    const { page } = await openPage(browser, `${car.url}#/telemetry`);
    const plot = demandOf(page);
    await eventually(async () => (await inkedValues(plot, throttleInk)).some(isNear(0))).toBe(true);
    const away = (await inkedValues(plot, throttleInk)).filter((value) => !isNear(0)(value));
    expect(away).toEqual([]);
    await page.context().close();
  });
});
