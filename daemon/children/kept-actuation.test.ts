import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { testFolder } from '../../test/harness/test-folders.ts';
import { BlackBoxRecording } from '../black-box-recording.ts';
import { loadConfig } from '../car/load-config.ts';
import { createDriveLoop } from '../planning/drive-loop.ts';
import type { Child, ChildExit } from '../platform/child.ts';
import { createLogger } from '../platform/log.ts';
import type { ActuatorConfig } from '../protocol/actuator-config.ts';
import { keepActuation } from './kept-actuation.ts';

const folder = testFolder('jetson-car-wheels');
const log = createLogger('test');
log.level = 'silent';
const config = loadConfig({});

/** A process that ends when it is told to. */
function fakeChild(pid: number) {
  let exit: (how: ChildExit) => void = () => {};
  const exited = new Promise<ChildExit>((resolve) => {
    exit = resolve;
  });
  const child: Child = {
    name: 'actuation',
    pid,
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    exited,
    kill: () => exit({ code: null, signal: 'SIGKILL' }),
    end: async () => {
      exit({ code: 0, signal: null });
      return exited;
    },
  };
  return { child, die: () => exit({ code: null, signal: 'SIGKILL' }) };
}

test('the wheels are neutralised where the process drove them that died, not where the settings have them by now', async () => {
  const neutralised: ActuatorConfig[] = [];
  const first = fakeChild(1);
  const before = config.actuators;
  const after: ActuatorConfig = { ...before, commandLifetimeMs: before.commandLifetimeMs - 10 };
  let actuators: ActuatorConfig = before;
  let isDown: () => void = () => {};
  const down = new Promise<void>((resolve) => {
    isDown = resolve;
  });
  const actuation = keepActuation({
    output: { log, childLine: () => {} },
    loop: createDriveLoop({ config }),
    recording: new BlackBoxRecording(folder, log),
    actuators: () => actuators,
    onReport: () => {},
    onGivenUp: () => {},
    spawnMotorControl: () => ({ child: first.child, send: () => {} }),
    neutraliseWheels: async (which) => {
      neutralised.push(which);
      isDown();
    },
  });
  actuators = after;
  first.die();
  await down;
  await actuation.end();
  expect(neutralised).toEqual([before]);
});
