import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { ServerMessage } from '../daemon/protocol/remote-messages.ts';
import { type SettingsPatch, settingsStateSchema } from '../daemon/protocol/settings.ts';
import { TestPhone } from '../daemon/remote/testing/phone.ts';
import { type RunningCar, startCar } from './harness/running-car.ts';
import { testFolder } from './harness/test-folders.ts';

describe('settings of the running car', { timeout: 120_000 }, () => {
  const folder = testFolder('jetson-car-setup');
  let car: RunningCar | undefined;
  afterEach(async () => {
    await car?.end();
  });

  test('change what runs, not the daemon; are kept; and are refused while it is armed', async () => {
    const file = join(folder, 'car.yaml');
    writeFileSync(file, 'preset: simulated\n');
    const running = await startCar(['--config', file]);
    car = running;
    const change = (patch: SettingsPatch) =>
      fetch(new URL('api/settings', running.url), {
        method: 'PATCH',
        body: JSON.stringify(patch),
        headers: { 'Content-Type': 'application/json' },
      });
    const before = await running.until('the car to be ready', (health) => health.ready && health.provider !== null);

    // Another confidence: perception starts anew, and nothing else does.
    expect((await change({ detector: { scoreThreshold: 0.55 } })).status).toBe(200);
    const perceiving = await running.until(
      'the detector to see anew',
      ({ pids, provider, framesPerSecond }) =>
        pids.perception !== before.pids.perception && provider !== null && framesPerSecond > 0,
    );
    expect(perceiving.pids).toMatchObject({ planning: before.pids.planning, actuation: before.pids.actuation });

    // Another middle of the steering: motor control starts anew, and writes it.
    const answer = await change({ steering: { centrePulseUs: 1580 } });
    expect(settingsStateSchema.parse(await answer.json())).toMatchObject({ undoable: 2, kept: { kind: 'file', file } });
    const steering = await running.until(
      'motor control to be ready anew',
      ({ pids, ready }) => ready && pids.actuation !== null && pids.actuation !== before.pids.actuation,
    );
    expect(steering.pids.perception).toBe(perceiving.pids.perception);
    const off = (low: number, high: number) => (low | (high << 8)) / 4096;
    await running.untilTrace('the new middle on the bus', ({ writes }) =>
      writes.some(({ register, bytes }) => {
        // LED1_ON_L is register 0x0a; the pulse ends at the third and fourth byte, at 50 Hz.
        const [, , low, high] = register === 0x0a ? bytes : bytes.slice(4);
        return low !== undefined && high !== undefined && Math.abs(off(low, high) * 20_000 - 1580) < 25;
      }),
    );
    expect(readFileSync(file, 'utf8')).toContain('centrePulseUs: 1580');

    const phone = await TestPhone.connect(Number(new URL(running.url).port));
    const thumb = setInterval(() => phone.drive(), 33);
    // Asked again while something still stands in the way, as a person would.
    const arming = setInterval(() => phone.send({ kind: 'arm', mode: 'manual' }), 500);
    const refused = await running
      .until('manual', ({ mode }) => mode === 'manual')
      .then(() => change({ throttle: { maxForward: 0.5 } }))
      .finally(() => {
        clearInterval(arming);
        clearInterval(thumb);
      });
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ error: { code: 'armed' } });
  });

  test('end the word of a broken file as soon as they are saved', async () => {
    const file = join(folder, 'broken.yaml');
    writeFileSync(`${file}.last-good`, 'preset: simulated\n');
    writeFileSync(file, 'preset: simulated\ncamera: {hieghtM: 0.15}\n');
    car = await startCar(['--config', file]);
    const port = Number(new URL(car.url).port);
    const isTold = (message: ServerMessage) => message.kind === 'event' && message.event.code === 'config-fallback';
    const before = await TestPhone.connect(port);
    await before.messages.first(isTold);
    before.socket.close();

    const saved = await fetch(new URL('api/settings', car.url), {
      method: 'PATCH',
      body: JSON.stringify({ camera: { heightM: 0.15 } }),
      headers: { 'Content-Type': 'application/json' },
    });
    expect(saved.status).toBe(200);
    const after = await TestPhone.connect(port);
    // What stands is told before an answer to anything.
    await after.settled();
    expect(after.messages.all.filter(isTold)).toEqual([]);
    after.socket.close();
  });

  test('give a service whose network is gone another one, while it is driven by hand; a person is refused the start', async () => {
    const file = join(folder, 'no-network.yaml');
    writeFileSync(file, `preset: simulated\ndetector: {modelFile: ${join(folder, 'gone.onnx')}}\n`);
    await expect(startCar(['--config', file])).rejects.toThrow(/gone\.onnx does not exist/);

    // Where nobody listens: a service to the car, and no more.
    const running = await startCar(['--config', file], { NOTIFY_SOCKET: join(folder, 'nobody') });
    car = running;
    expect(running.output()).toMatch(/will not drive by itself: the network .*gone\.onnx does not exist/);
    await running.until('the wheels', ({ ready }) => ready);
    const phone = await TestPhone.connect(Number(new URL(running.url).port));
    const isRefused = ({ code }: { readonly code: string }) => code === 'detector-refused';
    const told = await phone.messages.first(
      (message) => message.kind === 'telemetry' && message.autoObstacles?.some(isRefused) === true,
    );
    expect(told).toMatchObject({ kind: 'telemetry', obstacles: [] });
    phone.socket.close();
    expect(existsSync(`${file}.last-good`), 'a copy to fall back to').toBe(false);

    const saved = await fetch(new URL('api/settings', running.url), {
      method: 'PATCH',
      body: JSON.stringify({ detector: { modelFile: 'car-cones-384' } }),
      headers: { 'Content-Type': 'application/json' },
    });
    expect(saved.status).toBe(200);
    await running.until(
      'the detector to see',
      ({ provider, framesPerSecond }) => provider !== null && framesPerSecond > 0,
    );
  });
});
