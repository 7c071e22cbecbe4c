import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from './browser.ts';
import { FakeCar } from './fake-car.ts';
import { holdToArm, putInPad, setPad } from './page-car.ts';
import { keepToken, pairDevice } from './stage.ts';

/**
 * `npm run screenshots`: a picture of every screen in three sizes, for the README and docs/remote.md. SHOTS=part of a name
 * takes those alone.
 */
const folder = join(import.meta.dirname, '..', '..', 'docs', 'screens');
const wanted = process.env['SHOTS'] ?? '';
const sizes = {
  portrait: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1.5, hasTouch: true, isMobile: true },
  landscape: { viewport: { width: 844, height: 390 }, deviceScaleFactor: 1.5, hasTouch: true, isMobile: true },
  kiosk: { viewport: { width: 1024, height: 600 }, deviceScaleFactor: 1 },
} as const;

interface Shot {
  readonly name: string;
  /** The address behind `#/`. */
  readonly at: string;
  readonly options?: { readonly colorScheme?: 'light'; readonly locale?: 'vi-VN' };
  /** Shows the car's picture as it is while the car drives well. */
  readonly isLive?: true;
  /** A car that the network can reach; else it listens on its own machine, and nobody is paired. */
  readonly door?: 'paired' | 'not-paired';
  /** Before the page is opened. */
  readonly before?: (car: FakeCar) => void;
  readonly prepare?: (page: Page, car: FakeCar) => Promise<void>;
}

const shots: readonly Shot[] = [
  { name: 'drive-manual', at: 'drive', isLive: true, prepare: driveByHand },
  { name: 'drive-auto', at: 'drive', isLive: true, prepare: (page) => driveAuto(page) },
  { name: 'drive-light', at: 'drive', isLive: true, options: { colorScheme: 'light' }, prepare: driveByHand },
  {
    name: 'drive-reasons',
    at: 'drive',
    isLive: true,
    async prepare(page, car) {
      car.obstacles = [
        { code: 'camera-not-streaming', text: 'The camera is stalled', cure: 'Check the camera' },
        { code: 'no-track', text: 'No track in sight', cure: 'Put the car on the track, facing along it' },
      ];
      await page.getByTestId('arm-reasons').filter({ hasText: 'No track' }).waitFor();
    },
  },
  {
    name: 'drive-settings',
    at: 'drive',
    isLive: true,
    async prepare(page) {
      await page.getByTestId('details').click();
      await page.getByTestId('details-sheet').waitFor();
    },
  },
  {
    name: 'drive-frozen',
    at: 'drive',
    async prepare(page, car) {
      await page.locator('[data-testid=picture-age][data-level=fresh]').waitFor();
      car.cameraStalled = true;
      car.remote?.sendEvent({ code: 'camera-stalled', atMs: 0 });
      await page.locator('[data-testid=picture-age][data-level=frozen]').waitFor();
    },
  },
  { name: 'drive-vietnamese', at: 'drive', isLive: true, options: { locale: 'vi-VN' }, prepare: driveByHand },
  {
    name: 'telemetry',
    at: 'drive',
    async prepare(page) {
      await driveAuto(page);
      await page.getByTestId('go-telemetry').click();
      await page.getByTestId('telemetry').waitFor();
      // Until it has gone round once.
      await expect
        .poll(() => page.locator('.survey canvas').getAttribute('data-cones'), { timeout: 60_000 })
        .toMatch(/^([3-9]\d|\d{3,})$/);
      await page
        .getByTestId('reading-laps')
        .filter({ hasText: /^\D*[1-9]/ })
        .waitFor({ timeout: 60_000 });
    },
  },
  { name: 'set-up', at: 'setup', prepare: (page) => page.getByTestId('setup').waitFor() },
  { name: 'set-up-steering', at: 'setup/steering' },
  {
    name: 'set-up-gamepad',
    at: 'setup/gamepad',
    prepare: (page) => setPad(page, { axes: [-0.6, 0, 0, 0], buttons: { 7: 0.8 } }),
  },
  { name: 'set-up-display', at: 'setup/display', options: { colorScheme: 'light' } },
  { name: 'set-up-wheels', at: 'setup/wheels', prepare: (page) => page.getByTestId('set-deadZone').waitFor() },
  {
    name: 'set-up-camera',
    at: 'setup/camera',
    prepare: (page) => page.getByTestId('ground-grid').locator('polyline').first().waitFor(),
  },
  {
    name: 'set-up-network',
    at: 'setup/network',
    async prepare(page) {
      await page.getByTestId('network-card').filter({ hasText: '13 (IR 7)' }).waitFor();
      await page.getByTestId('network-measured').filter({ hasText: 'ms' }).waitFor();
    },
  },
  {
    name: 'set-up-devices',
    at: 'setup/devices',
    door: 'paired',
    async prepare(page, car) {
      pairDevice(car, 'Lan’s phone', 'driver');
      car.access?.saw(car.access.devices.all.at(-1)?.id ?? '');
      pairDevice(car, 'Visitor', 'viewer');
      await page.getByTestId('device-Visitor').waitFor();
    },
  },
  {
    name: 'set-up-car',
    at: 'setup/car',
    before(car) {
      car.isSimulated = false;
    },
    async prepare(page) {
      await page.getByTestId('wifi').filter({ hasText: 'classroom' }).waitFor();
      await page.getByTestId('shut-down').click();
      await page.getByTestId('shut-down-yes').waitFor();
    },
  },
  {
    name: 'set-up-log',
    at: 'setup/log',
    before: writeLog,
    async prepare(page) {
      await page.getByTestId('log-lines').filter({ hasText: 'detector ready' }).waitFor();
    },
  },
  {
    name: 'pairing',
    at: '',
    door: 'not-paired',
    prepare: (page) => page.getByTestId('pairing-shown-code').waitFor(),
  },
];

function writeLog(car: FakeCar): void {
  const lines: readonly (readonly [name: string, level: number, text: string])[] = [
    ['car', 30, 'the configuration is car.yaml'],
    ['car', 30, 'the remote is open port=8080'],
    ['actuation', 30, 'started bus=1'],
    ['actuation', 30, 'the motor board is ready address=0x40'],
    ['perception', 30, 'camera starting camera=/dev/video0'],
    ['perception', 40, 'no picture for 320 ms camera=/dev/video0'],
    ['perception', 30, 'camera streaming camera=/dev/video0 framesPerSecond=30'],
    ['perception', 30, 'detector ready model=car-cones-384 provider=cuda layout=yolov8'],
    ['car', 30, 'a device was paired name=Teacher role=driver'],
    ['car', 30, 'driver changed'],
    ['actuation', 30, 'armed at neutral'],
    ['car', 40, 'Control signal late: coasting event=driver-late'],
    ['car', 30, 'Control signal is back event=driver-back'],
    ['actuation', 50, 'the motor board did not answer error=EREMOTEIO'],
    ['actuation', 30, 'the motor board is ready'],
  ];
  const startMs = Date.UTC(2026, 4, 4, 8, 30);
  for (const [index, [name, level, msg]] of lines.entries()) {
    car.book.add(JSON.stringify({ level, time: startMs + index * 1370, name, msg }), startMs);
  }
}

let browser: Browser;
beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  browser = await launchBrowser();
}, 60_000);
afterAll(() => browser.close());

for (const [size, screen] of Object.entries(sizes)) {
  for (const shot of shots) {
    const name = `${shot.name}-${size}`;
    test.runIf(name.includes(wanted))(name, { timeout: 180_000 }, async () => {
      const car = await FakeCar.start(0, shot.door === undefined ? '127.0.0.1' : '0.0.0.0');
      const context = await browser.newContext({
        ...screen,
        colorScheme: 'dark',
        timezoneId: 'UTC',
        ...shot.options,
        reducedMotion: 'reduce',
      });
      if (shot.door === 'paired') {
        const token = pairDevice(car, 'Teacher', 'driver');
        await keepToken(context, car, token);
      }
      shot.before?.(car);
      const page = await context.newPage();
      if (shot.name.includes('gamepad')) await putInPad(page);
      await page.goto(`${car.url}#/${shot.at}`);
      if (shot.door !== 'not-paired') {
        await page
          .getByTestId('driver-state')
          .filter({ hasText: shot.options?.locale ? 'Bạn lái' : 'You drive' })
          .waitFor();
      }
      if (shot.at === 'drive') await page.locator('[data-testid=picture-age]:not([data-level=none])').waitFor();
      await shot.prepare?.(page, car);
      await page.evaluate(() => document.fonts.ready);
      const png = await (shot.isLive ? takeFresh(page) : page.screenshot());
      const small = await sharp(png).png({ palette: true, quality: 80, effort: 8 }).toBuffer();
      await writeFile(join(folder, `${name}.png`), small);
      await context.close();
      await car.close();
    });
  }
}

test.runIf(wanted === '')('there is no picture of a screen that is gone', async () => {
  const names = new Set(Object.keys(sizes).flatMap((size) => shots.map((shot) => `${shot.name}-${size}.png`)));
  for (const file of await readdir(folder)) if (!names.has(file)) await rm(join(folder, file));
});

/** A busy machine draws late, and the guide would show a car whose picture is half a second old: then another one is taken. */
async function takeFresh(page: Page): Promise<Buffer> {
  const isFresh = async () => (await page.getByTestId('picture-age').getAttribute('data-level')) === 'fresh';
  for (;;) {
    await page.locator('[data-testid=picture-age][data-level=fresh]').waitFor({ timeout: 60_000 });
    const png = await page.screenshot();
    if (await isFresh()) return png;
  }
}

async function driveAuto(page: Page): Promise<void> {
  await page.getByTestId('mode-auto').click();
  await page.locator('[data-testid=arm][aria-disabled=false]').waitFor({ timeout: 60_000 });
  await holdToArm(page, 'auto');
  await page.mouse.move(1, 1);
  await page.evaluate(() => {
    for (const button of document.querySelectorAll<HTMLElement>('.alert > button')) button.click();
  });
}

async function driveByHand(page: Page, car: FakeCar): Promise<void> {
  await holdToArm(page);
  await page.mouse.move(1, 1);
  const pad = await page.locator('[data-testid=stick], [data-testid=stick-throttle]').boundingBox();
  if (pad === null) throw new Error('no stick on the page');
  const at = { x: pad.x + pad.width / 2, y: pad.y + pad.height / 2 };
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  await page.mouse.move(at.x - 24, at.y - 44, { steps: 4 });
  await expect.poll(() => car.speedMps, { timeout: 30_000 }).toBeGreaterThan(0.6);
  await page.evaluate(() => {
    for (const button of document.querySelectorAll<HTMLElement>('.alert > button')) button.click();
  });
}
