import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { loadConfig } from '../car/load-config.ts';
import { gateStatus } from '../planning/testing/gate-status.ts';
import { monotonicNowMs } from '../platform/clock.ts';
import { createLogger } from '../platform/log.ts';
import { UserError } from '../platform/user-error.ts';
import type { ActuationCommand, ActuationReport } from '../protocol/actuation-messages.ts';
import { BenchWheels, wait } from './bench-wheels.ts';

const config = loadConfig({}).actuators;
const output = { log: createLogger('test'), childLine: () => {} };

/** Motor control that obeys, unless its bus is held by another. */
function bench(
  options: {
    readonly exitCode?: number;
    readonly fault?: string;
    readonly unreachable?: string;
    readonly warning?: string;
  } = {},
) {
  const sent: ActuationCommand[] = [];
  const state = { sent, ended: 0, neutralised: 0 };
  const motorControl = {
    start(_: unknown, onReport: (report: ActuationReport) => void) {
      const end = async () => {
        state.ended += 1;
        return { code: options.exitCode ?? 0, signal: null };
      };
      return {
        child: {
          ...{ name: 'actuation', pid: 1, stdin: new PassThrough(), stdout: new PassThrough() },
          ...{ exited: new Promise<never>(() => {}), kill: () => {}, end },
        },
        send(command: ActuationCommand) {
          sent.push(command);
          const atMs = monotonicNowMs();
          if (options.fault !== undefined) onReport({ kind: 'fault', atMs, cause: 'EBUSY', text: options.fault });
          else if (command.kind === 'start' || command.kind === 'arm')
            onReport(gateStatus(atMs, { armed: command.kind === 'arm', stopLatched: false }));
        },
      };
    },
    neutralise: async (_: unknown, warn: (text: string) => void) => {
      state.neutralised += 1;
      if (options.warning !== undefined) warn(options.warning);
      if (options.unreachable !== undefined) throw new Error(options.unreachable);
    },
    patienceMs: options.fault === undefined ? 20_000 : 200,
  };
  const interrupt = new AbortController();
  const start = () => BenchWheels.start({ config, output, signal: interrupt.signal }, motorControl);
  return { state, start, signal: interrupt.signal, abort: () => interrupt.abort(new UserError('ended by hand')) };
}

test('ended by hand in the middle of a movement, the wheels go neutral at once, and nothing moves them any more', async () => {
  const { state, start, signal, abort } = bench();
  const wheels = await start();
  wheels.hold({ steering: 0, throttle: 0.15 });
  const movement = wait(60_000, signal);
  abort();
  expect(state.sent.at(-1)).toMatchObject({ kind: 'disarm', reason: 'ended by hand' });
  await expect(movement).rejects.toThrow('ended by hand');
  expect(() => wheels.hold({ steering: 1, throttle: 0 })).toThrow('ended by hand');
  await wheels.end();
  expect(state.sent.at(-1)).toMatchObject({ kind: 'disarm' });
  expect(state).toMatchObject({ ended: 1, neutralised: 0 });
});

test('ended by hand before it began, nothing is started', async () => {
  const { state, start, abort } = bench();
  abort();
  await expect(start()).rejects.toThrow('ended by hand');
  expect(state.sent).toEqual([]);
});

test('motor control that does not end in order is followed by the neutraliser', async () => {
  const { state, start } = bench({ exitCode: 1 });
  await (await start()).end();
  expect(state).toMatchObject({ ended: 1, neutralised: 1 });
});

test.each([
  ['obeyed', undefined],
  ['could not be reached', 'there is no /dev/i2c-1'],
])('of an OE wire that does not obey the person is told, where the board %s', async (_what, unreachable) => {
  const warned = vi.spyOn(output.log, 'warn').mockImplementation(() => {});
  try {
    const warning = 'OE (J41 pin 7) does not obey: if the wheels turn, switch the motors off';
    const { start } = bench({ exitCode: 1, warning, ...(unreachable !== undefined && { unreachable }) });
    const ended = (await start()).end();
    if (unreachable === undefined) await ended;
    else await expect(ended).rejects.toThrow(unreachable);
    expect(warned).toHaveBeenCalledExactlyOnceWith(warning);
  } finally {
    warned.mockRestore();
  }
});

test('a board that does not get ready is told with its reason', async () => {
  const { state, start } = bench({ fault: '/dev/i2c-1 is held by process 7' });
  await expect(start()).rejects.toThrow('did not get ready: /dev/i2c-1 is held by process 7');
  expect(state.ended).toBe(1);
});

test('wheels that nobody could stop are told with why, and with what is left to do', async () => {
  const unreachable = 'there is no /dev/i2c-1';
  const stays = bench({ exitCode: 1, unreachable });
  await expect((await stays.start()).end()).rejects.toThrow(
    new UserError(`the wheels are not known to be neutral: ${unreachable}. Switch the motor off at its battery.`),
  );
  const { start } = bench({ exitCode: 1, fault: unreachable, unreachable });
  await expect(start()).rejects.toThrow(/did not get ready: there is no .*\n.*Switch the motor off/);
});
