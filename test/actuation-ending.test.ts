import { spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { neutralise } from '../daemon/actuation/neutralise.ts';
import { monotonicNowMs } from '../daemon/platform/clock.ts';
import { type ActuationOnDesk, actuationProgram, setUpDesk } from './harness/actuation-on-desk.ts';

let desk: ActuationOnDesk;
beforeEach(async () => {
  desk = await setUpDesk();
});
afterEach(() => desk.clearAway());

describe('the end', () => {
  it('comes with the pipe', async () => {
    await desk.atFullThrottle();
    desk.stopDriving();
    const closedAtMs = monotonicNowMs();
    desk.child.stdin!.end();
    expect(await desk.exit()).toBe(0);
    await desk.expectCutSince(closedAtMs);
    desk.expectOrderlyEnd();
    await desk.report({ kind: 'transition', cause: 'ending' });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('comes with %s', async (signal) => {
    await desk.atFullThrottle();
    const signalledAtMs = monotonicNowMs();
    desk.child.kill(signal);
    expect(await desk.exit()).toBe(0);
    await desk.expectCutSince(signalledAtMs);
    desk.expectOrderlyEnd();
  });

  it('is as orderly when nobody reads any more', async () => {
    await desk.atFullThrottle();
    desk.child.stdout!.destroy();
    desk.child.stderr!.destroy();
    const signalledAtMs = monotonicNowMs();
    desk.child.kill('SIGTERM');
    expect(await desk.exit()).toBe(0);
    await desk.expectCutSince(signalledAtMs);
    desk.expectOrderlyEnd();
  });

  it('comes with a bug, at neutral', async () => {
    const planted = 'data:text/javascript,process.on("SIGUSR2",()=>{throw new Error("planted")})';
    await desk.atFullThrottle(['--import', planted]);
    const signalledAtMs = monotonicNowMs();
    desk.child.kill('SIGUSR2');
    expect(await desk.exit()).toBe(1);
    await desk.expectCutSince(signalledAtMs);
    desk.expectOrderlyEnd();
    expect(await desk.report({ kind: 'fault', cause: 'bug' })).toMatchObject({ text: 'actuation failed: planted' });
    expect(desk.log).toContain('planted');
  });

  it('comes when the parent is killed', async () => {
    // The parent starts the process and sends what a daemon at full throttle sends.
    const parent = `
      import { spawn } from 'node:child_process';
      const now = () => Number(process.hrtime.bigint()) / 1e6;
      const child = spawn(process.execPath, [process.argv[1]], { stdio: ['pipe', 'inherit', 'inherit'] });
      const send = (command) => child.stdin.write(JSON.stringify(command) + '\\n');
      send({ kind: 'start', config: JSON.parse(process.argv[2]) });
      let sequence = 0;
      setInterval(() => {
        if (sequence === 0) send({ kind: 'arm', atMs: now() });
        else send({ kind: 'drive', sequence, issuedAtMs: now(), steering: 0, throttle: 1 });
        if (process.armed) sequence += 1;
      }, 20);
      process.stdin.on('data', () => { process.armed = true; });
    `;
    const parentArguments = ['--input-type=module', '-e', parent, actuationProgram, JSON.stringify(desk.config)];
    desk.listen(spawn(process.execPath, parentArguments, { stdio: 'pipe' }));
    await desk.report({ kind: 'transition', cause: 'armed' });
    desk.child.stdin!.write('go\n');
    await desk.until(() => (desk.memory.pulseCount(0) ?? 0) > 400);
    const killedAtMs = monotonicNowMs();
    desk.child.kill('SIGKILL');
    await desk.until(() => desk.memory.pulseCount(0) === undefined && desk.memory.pulseCount(1) === undefined);
    await desk.expectCutSince(killedAtMs);
    desk.expectOrderlyEnd();
  });

  it('by SIGKILL leaves the board pulsing, and neutralise stops it', async () => {
    await desk.atFullThrottle();
    desk.child.kill('SIGKILL');
    await desk.exit();
    expect(desk.memory.pulseCount(0)).toBeGreaterThan(400);
    const beganAtMs = monotonicNowMs();
    await neutralise(desk.config, expect.fail);
    const endedAtMs = monotonicNowMs();
    desk.expectOrderlyEnd();
    await desk.expectCutSince(beganAtMs);
    await desk.expectWithin(1000, beganAtMs, endedAtMs);
  });

  it('without ever having reached the board is no success: a predecessor may have left it pulsing', async () => {
    await desk.server.close();
    desk.spawn();
    desk.send({ kind: 'start', config: desk.config });
    await desk.report({ kind: 'fault', cause: 'ENOENT' });
    desk.child.stdin!.end();
    expect(await desk.exit()).toBe(1);
    expect(desk.writes).toEqual([]);
    expect(desk.log).toContain('not known to be neutral');
    await desk.server.listen(desk.socket);
  });

  it('is at once and without a word to the board when nothing was started', async () => {
    desk.spawn();
    desk.child.stdin!.end('rubbish\n');
    expect(await desk.exit()).toBe(0);
    expect(desk.writes).toEqual([]);
    expect(desk.log).toContain('line before start ignored');
  });
});
