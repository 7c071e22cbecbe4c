import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { lockBus } from './bus-lock.ts';
import { openBus } from './open-bus.ts';

/** Of this run alone: other runs may be under way on the machine. */
const name = `test-${process.pid}`;
/** The holder is this process itself, on a machine that may be busy. */
const answerLimitMs = 10_000;

it('a bus that is held is refused, with the process that holds it; released, it is free', async () => {
  const lock = await lockBus(name);
  await expect(lockBus(name)).rejects.toMatchObject({ name: 'I2cError', code: 'EBUSY' });
  await expect(lockBus(name, answerLimitMs)).rejects.toThrow(`/dev/${name} is held by process ${process.pid} (`);
  await expect(lockBus(name)).rejects.toThrow('sudo systemctl stop jetson-car');
  await lock.release();
  await (await lockBus(name)).release();
});

it('another bus is another lock', async () => {
  const one = await lockBus(name);
  await (await lockBus(`${name}-other`)).release();
  await one.release();
});

it('a holder that hangs still holds it, and one that was killed does not', async () => {
  const program = `require('node:net').createServer().listen('\\0jetson-car/${name}', () => console.log('held'))`;
  const holder = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  holder.kill('SIGSTOP');
  await expect(lockBus(name)).rejects.toThrow('held by a process that does not answer');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await (await lockBus(name)).release();
});

it('is released although somebody asked and stays', async () => {
  const lock = await lockBus(name);
  const asker = connect({ path: `\0jetson-car/${name}`, allowHalfOpen: true });
  const ended = once(asker.resume(), 'end');
  await ended;
  await lock.release();
  await (await lockBus(name)).release();
  asker.destroy();
});

it('a bus that cannot be opened is not held on to', async () => {
  const open = () => openBus({ kind: 'linux', number: 250 });
  await expect(open()).rejects.toThrow('there is no /dev/i2c-250');
  await expect(open()).rejects.toThrow('there is no /dev/i2c-250');
});
