import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { pictureLevels } from '../../daemon/protocol/picture-levels.ts';
import type { VideoHeader } from '../../daemon/protocol/remote-messages.ts';
import { chromiumIsThere } from '../../test/harness/tools.ts';
import { openPage, phone } from './browser.ts';
import type { FakeCar } from './fake-car.ts';
import { connected } from './page-car.ts';
import { stageWithCar } from './stage.ts';

/**
 * What is drawn over the picture lies where the picture shows it: a picture with a mark in it, said to be a stop sign there, is looked
 * at as the screen has it, bars beside or above it included.
 */
const patienceMs = 60_000;
type Colour = readonly [number, number, number];
const mark: Colour = [0, 190, 0];
const ground: Colour = [90, 90, 90];
const signInk: Colour = [0xff, 0x70, 0x70];
const pathInk: Colour = [0x4c, 0xc2, 0xff];
const laneInk: Colour = [0x6a, 0xa5, 0xff];
const trajectoryInk: Colour = [0xff, 0xff, 0xff];

/** In parts of the picture, so that they fit every shape. */
const box = { left: 0.55, top: 0.3, width: 0.25, height: 0.35 };
const lines = { path: 0.7, lane: 0.76, trajectory: 0.82 } as const;

interface Size {
  readonly width: number;
  readonly height: number;
}

const rgb = ([r, g, b]: Colour): string => `rgb(${r},${g},${b})`;

async function markedPicture({ width, height }: Size): Promise<Uint8Array> {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<rect width="100%" height="100%" fill="${rgb(ground)}"/>` +
    `<rect x="${box.left * width}" y="${box.top * height}" width="${box.width * width}" height="${box.height * height}" fill="${rgb(mark)}"/></svg>`;
  return sharp(Buffer.from(svg)).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
}

/** @param frame the size of the camera's frame, which the picture may be a smaller one of. */
function headerOf(picture: Size, frame: Size, frameId: number): VideoHeader {
  const across = (height: number) => [0.1, 0.5].map((x) => ({ xPx: x * frame.width, yPx: height * frame.height }));
  return {
    ...{ frameId, capturedAtMs: 0, ageMs: 20, widthPx: picture.width, heightPx: picture.height },
    ...{ frameWidthPx: frame.width, frameHeightPx: frame.height },
    detections: [
      {
        label: 'stop sign',
        classId: 0,
        score: 0.9,
        box: {
          xPx: box.left * frame.width,
          yPx: box.top * frame.height,
          widthPx: box.width * frame.width,
          heightPx: box.height * frame.height,
        },
      },
    ],
    pathPx: across(lines.path),
    laneBordersPx: [across(lines.lane)],
    trajectoryPx: across(lines.trajectory),
  };
}

/** The stage as the screen has it. */
class Look {
  readonly #data: Buffer;
  readonly #info: sharp.OutputInfo;
  readonly #ratio: number;
  readonly #size: Size;
  readonly #picture: Size;

  private constructor(shot: { data: Buffer; info: sharp.OutputInfo }, size: Size, picture: Size) {
    this.#data = shot.data;
    this.#info = shot.info;
    this.#size = size;
    this.#picture = picture;
    this.#ratio = shot.info.width / size.width;
  }

  static async at(page: Page, picture: Size): Promise<Look> {
    const clip = await page.locator('.stage').boundingBox();
    if (clip === null) throw new Error('no stage');
    const shot = await page.screenshot({ clip });
    return new Look(await sharp(shot).removeAlpha().raw().toBuffer({ resolveWithObject: true }), clip, picture);
  }

  /** Where a point of the picture, in parts of it, lies on the stage: the picture whole, and in the middle. */
  point(x: number, y: number): { x: number; y: number } {
    const { width, height } = this.#picture;
    const scale = Math.min(this.#size.width / width, this.#size.height / height);
    const [left, top] = [(this.#size.width - width * scale) / 2, (this.#size.height - height * scale) / 2];
    return { x: left + x * width * scale, y: top + y * height * scale };
  }

  /** Whether there is such a colour within so many CSS pixels of a point. */
  has(colour: Colour, at: { x: number; y: number }, reach: { x: number; y: number }): boolean {
    const { width, height, channels } = this.#info;
    const [fromX, toX] = [at.x - reach.x, at.x + reach.x].map((x) => Math.round(x * this.#ratio));
    const [fromY, toY] = [at.y - reach.y, at.y + reach.y].map((y) => Math.round(y * this.#ratio));
    for (let y = Math.max(0, fromY ?? 0); y <= Math.min(height - 1, toY ?? 0); y++) {
      for (let x = Math.max(0, fromX ?? 0); x <= Math.min(width - 1, toX ?? 0); x++) {
        const pixel = (y * width + x) * channels;
        if (colour.every((part, i) => Math.abs(part - (this.#data[pixel + i] ?? 0)) < 40)) return true;
      }
    }
    return false;
  }
}

/** A picture that stands still is greyed and said to be frozen: here it is looked at in peace. */
function keepClear(page: Page): Promise<void> {
  return page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(
      '.stage canvas { filter: none !important; opacity: 1 !important }' +
        '.stage-note, .stage-badges, .alerts, .top-view, .details { visibility: hidden !important }',
    );
    document.adoptedStyleSheets.push(sheet);
  });
}

async function show(page: Page, car: FakeCar, header: VideoHeader): Promise<void> {
  const jpeg = await markedPicture({ width: header.widthPx, height: header.heightPx });
  for (const level of pictureLevels) car.remote?.sendPicture(level, header, jpeg);
  await page
    .getByTestId('frame-id')
    .filter({ hasText: new RegExp(`^${header.frameId}$`) })
    .waitFor({ state: 'attached' });
}

describe.skipIf(!chromiumIsThere())('over the picture', { timeout: 2 * patienceMs }, () => {
  const stage = stageWithCar({ patienceMs });

  async function open(viewport: Size): Promise<Page> {
    const { browser, car } = stage;
    const { page } = await openPage(browser, car.url, { ...phone, viewport, reducedMotion: 'reduce' });
    await connected(page);
    await page.locator('[data-testid=picture-age]:not([data-level=none])').waitFor();
    car.cameraStalled = true;
    await keepClear(page);
    return page;
  }

  const edges = [
    ['left', box.left, box.top + box.height / 2],
    ['right', box.left + box.width, box.top + box.height / 2],
    ['bottom', box.left + box.width / 2, box.top + box.height],
  ] as const;
  const thin = { x: 2, y: 2 };
  const along = { x: 10, y: 2 };

  test.each([
    ['upright', { width: 390, height: 844 }],
    ['on its side', { width: 844, height: 390 }],
    ['the car’s own screen', { width: 1024, height: 600 }],
  ])('boxes, labels and ways lie on what the picture shows, whatever its shape: %s', async (_way, viewport) => {
    const page = await open(viewport);
    const shapes = [
      { picture: { width: 480, height: 360 }, frame: { width: 480, height: 360 } },
      // With bars above and below, and with bars beside it; the second is a smaller picture of its frame.
      { picture: { width: 640, height: 240 }, frame: { width: 640, height: 240 } },
      { picture: { width: 180, height: 360 }, frame: { width: 720, height: 1440 } },
    ];
    for (const [index, { picture, frame }] of shapes.entries()) {
      await show(page, stage.car, headerOf(picture, frame, 900_000 + index));
      const look = await Look.at(page, picture);
      const at = `${picture.width} x ${picture.height}`;
      const inside = { x: 0.02, y: 0.03 };
      for (const [x, y] of [
        [box.left + inside.x, box.top + inside.y],
        [box.left + box.width - inside.x, box.top + box.height - inside.y],
      ] as const) {
        expect.soft(look.has(mark, look.point(x, y), thin), `${at}: the picture itself`).toBe(true);
      }
      for (const [edge, x, y] of edges) {
        expect.soft(look.has(signInk, look.point(x, y), thin), `${at}: the box’s ${edge} edge`).toBe(true);
      }
      const outside = look.point(box.left + box.width / 2, box.top + box.height);
      expect.soft(look.has(signInk, { ...outside, y: outside.y + 8 }, thin), `${at}: below the box`).toBe(false);
      const corner = look.point(box.left, box.top);
      expect.soft(look.has(signInk, { x: corner.x + 2, y: corner.y - 8 }, thin), `${at}: the label`).toBe(true);
      const way = (height: number) => look.point(0.3, height);
      expect.soft(look.has(pathInk, way(lines.path), thin), `${at}: the planned path`).toBe(true);
      expect.soft(look.has(laneInk, way(lines.lane), along), `${at}: the lane`).toBe(true);
      expect.soft(look.has(trajectoryInk, way(lines.trajectory), along), `${at}: where the wheels lead`).toBe(true);
    }
    await page.context().close();
  });

  test('each of them goes when it is switched off, and the picture stays', async () => {
    const page = await open(phone.viewport);
    const size = { width: 480, height: 360 };
    await show(page, stage.car, headerOf(size, size, 900_000));
    const seen = async (): Promise<string[]> => {
      const look = await Look.at(page, size);
      const corner = look.point(box.left, box.top);
      const [edge] = edges;
      const all = {
        picture: look.has(mark, look.point(box.left + box.width / 2, box.top + box.height / 2), thin),
        boxes: look.has(signInk, look.point(edge[1], edge[2]), thin),
        labels: look.has(signInk, { x: corner.x + 2, y: corner.y - 8 }, thin),
        path: look.has(pathInk, look.point(0.3, lines.path), thin),
        lane: look.has(laneInk, look.point(0.3, lines.lane), along),
        trajectory: look.has(trajectoryInk, look.point(0.3, lines.trajectory), along),
      };
      return Object.entries(all).flatMap(([name, isThere]) => (isThere ? [name] : []));
    };
    await expect(seen()).resolves.toEqual(['picture', 'boxes', 'labels', 'path', 'lane', 'trajectory']);
    await page.getByTestId('details').dispatchEvent('click');
    await page.getByTestId('toggle-showLabels').uncheck();
    await expect(seen()).resolves.toEqual(['picture', 'boxes', 'path', 'lane', 'trajectory']);
    await page.getByTestId('toggle-showBoxes').uncheck();
    await expect(seen()).resolves.toEqual(['picture', 'path', 'lane', 'trajectory']);
    await page.getByTestId('toggle-showLane').uncheck();
    await expect(seen()).resolves.toEqual(['picture', 'path', 'trajectory']);
    await page.getByTestId('toggle-showPath').uncheck();
    await expect(seen()).resolves.toEqual(['picture', 'trajectory']);
    await page.getByTestId('toggle-showTrajectory').uncheck();
    await expect(seen()).resolves.toEqual(['picture']);
    await page.context().close();
  });
});
