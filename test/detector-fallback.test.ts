import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { projectFolder } from '../daemon/platform/paths.ts';
import { TestPhone } from '../daemon/remote/testing/phone.ts';
import { launchBrowser, openPage, ownComplaints } from '../web-remote/testing/browser.ts';
import { type RunningCar, startCar } from './harness/running-car.ts';
import { testFolder } from './harness/test-folders.ts';
import { chromiumIsThere, packagedOnnxRuntime } from './harness/tools.ts';

/** The library of the npm package runs on the processor only: a car that wants its GPU falls back, and must say so. */
const library = packagedOnnxRuntime();
const pageIsThere = chromiumIsThere();

describe.skipIf(library === undefined)('a detector that falls back to the processor', { timeout: 180_000 }, () => {
  const folder = testFolder('detector-fallback');
  let car: RunningCar | undefined;
  let browser: Browser | undefined;
  afterEach(async () => {
    await car?.end();
    car = undefined;
  });
  afterAll(async () => {
    await browser?.close();
  });

  function configuration(runtime: string | undefined, devices: readonly string[]): string {
    const file = join(folder, `${devices.join('-')}.json`);
    writeFileSync(file, JSON.stringify({ preset: 'simulated', detector: { runtime, devices } }));
    return file;
  }

  async function doctor(config: string): Promise<{ check: string; verdict: string; text: string }[]> {
    const child = spawn(
      process.execPath,
      [join(projectFolder(), 'scripts', 'jetson-car.js'), 'doctor', '--json', '--config', config],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    await new Promise((resolve) => child.once('close', resolve));
    return (JSON.parse(output) as { findings: { check: string; verdict: string; text: string }[] }).findings;
  }

  test.each([
    { of: 'a library', runtime: library, devices: ['cuda', 'cpu'], unused: ['cuda'] },
    { of: 'a library', runtime: library, devices: ['tensorrt', 'cuda', 'cpu'], unused: ['tensorrt', 'cuda'] },
    { of: 'the npm package', runtime: 'node', devices: ['cuda'], unused: ['cuda'] },
  ])('says so of $devices by $of: in the log, to phones, on the page, and by doctor', async (asked) => {
    const { runtime, devices, unused } = asked;
    const config = configuration(runtime, devices);
    const running = await startCar(['--config', config]);
    car = running;
    const { provider } = await running.until(
      'the detector to see',
      (health) => health.provider !== null && health.framesPerSecond > 0,
    );
    expect(provider).toBe('cpu');
    for (const device of unused) expect(running.output()).toContain(`${device} is not used: `);

    // Whoever comes later hears of it too.
    const phone = await TestPhone.connect(Number(new URL(running.url).port));
    const told = await phone.messages.first(
      (message): message is Extract<typeof message, { kind: 'event' }> =>
        message.kind === 'event' && message.event.code === 'detector-fallback',
    );
    const { detail } = told.event;
    for (const device of unused) expect(detail).toContain(`${device} is not used: `);

    if (pageIsThere) {
      browser ??= await launchBrowser();
      const { page, complaints } = await openPage(browser, running.url);
      await page.getByTestId('alerts').getByText('Detector runs slower than it could').waitFor({ timeout: 30_000 });
      expect(ownComplaints(complaints)).toEqual([]);
      const picture = process.env['SCREENSHOT_FOLDER'];
      if (picture !== undefined) await page.screenshot({ path: join(picture, `${devices.join('-')}.png`) });
      await page.context().close();
    }

    await running.end();
    const finding = (await doctor(config)).find(({ check }) => check === 'runtime');
    expect(finding).toMatchObject({ verdict: 'ill', text: expect.stringMatching(/^cpu, proven: .*cuda: /) });
  });
});
