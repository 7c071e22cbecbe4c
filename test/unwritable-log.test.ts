import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TestPhone } from '../daemon/remote/testing/phone.ts';

const full = '/dev/full';

test.skipIf(!existsSync(full)).each<[string, Readonly<Record<string, string>>]>([
  ['a file', {}],
  ['the journal', { JOURNAL_STREAM: '1:2' }],
])(
  'a log that cannot be written to %s does not end the car, and is told (needs /dev/full, as Linux has it)',
  { timeout: 120_000 },
  async (_, environment) => {
    const log = openSync(full, 'w');
    const car = spawn(
      process.execPath,
      [join(import.meta.dirname, '..', 'scripts', 'jetson-car.js'), 'run', '--port', '0'],
      { stdio: ['ignore', 'pipe', log], env: { ...process.env, JETSON_CAR_LOG_LEVEL: 'debug', ...environment } },
    );
    closeSync(log);
    const exited = once(car, 'exit');
    try {
      const port = await new Promise<number>((resolve, reject) => {
        let said = '';
        car.stdout?.on('data', (chunk) => {
          said += chunk;
          const [, found] = /http:\/\/[^\s/]+:(\d+)\//.exec(said) ?? [];
          if (found !== undefined) resolve(Number(found));
        });
        void exited.then(() => reject(new Error(`the car ended: ${said}`)));
      });
      const phone = await TestPhone.connect(port);
      const told = await phone.messages.first(
        (message) => message.kind === 'event' && message.event.code === 'log-unwritable',
      );
      expect(told).toMatchObject({ event: { detail: 'the standard error cannot be written: the disk is full' } });
      phone.socket.close();
      car.kill('SIGTERM');
      expect((await exited)[0]).toBe(0);
    } finally {
      car.kill('SIGKILL');
    }
  },
);
