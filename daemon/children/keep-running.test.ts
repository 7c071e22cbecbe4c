import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Child, ChildExit } from '../platform/child.ts';
import { keepRunning } from './keep-running.ts';

/** A process that ends when the test says so. */
class TestChild implements Child {
  readonly name = 'test';
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly pid = 1;
  fail!: (exit: ChildExit) => void;
  readonly exited = new Promise<ChildExit>((resolve) => {
    this.fail = resolve;
  });
  kill(): void {}
  exit: ChildExit = { code: 0, signal: null };
  async end(): Promise<ChildExit> {
    this.fail(this.exit);
    return this.exited;
  }
}

let started: TestChild[];
let downs: number;
let givenUp: number;
let levels: number[];
beforeEach(() => {
  vi.useFakeTimers();
  started = [];
  downs = 0;
  givenUp = 0;
  levels = [];
});
afterEach(() => vi.useRealTimers());

function keep() {
  return keepRunning({
    name: 'test',
    log: pino({ level: 'info' }, { write: (line: string) => void levels.push(JSON.parse(line).level) }),
    nowMs: () => Date.now(),
    start() {
      const child = new TestChild();
      started.push(child);
      return child;
    },
    async onDown() {
      downs++;
    },
    onRestart() {},
    giveUp: {
      afterFailures: 5,
      onGivenUp() {
        givenUp++;
      },
    },
  });
}

async function failNewest(): Promise<void> {
  started.at(-1)?.fail({ code: 1, signal: null });
  await vi.advanceTimersByTimeAsync(0);
}

test('what fails is started anew, after a pause that doubles', async () => {
  keep();
  for (const pauseMs of [200, 400, 800]) {
    const before = started.length;
    await failNewest();
    await vi.advanceTimersByTimeAsync(pauseMs - 1);
    expect(started).toHaveLength(before);
    await vi.advanceTimersByTimeAsync(1);
    expect(started).toHaveLength(before + 1);
  }
});

test('what fails five times within a minute stays down, and its wheels were neutralised each time', async () => {
  keep();
  for (let times = 0; times < 5; times++) {
    await failNewest();
    await vi.advanceTimersByTimeAsync(6000);
  }
  expect(givenUp).toBe(1);
  expect(downs).toBe(5);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(started).toHaveLength(5);
});

test('what fails now and then is started for ever', async () => {
  keep();
  for (let times = 0; times < 20; times++) {
    await vi.advanceTimersByTimeAsync(20_000);
    await failNewest();
  }
  await vi.advanceTimersByTimeAsync(6000);
  expect(givenUp).toBe(0);
  expect(started).toHaveLength(21);
});

test('one that ended in order is neither a failure nor started again', async () => {
  const kept = keep();
  await kept.end(100);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(started).toHaveLength(1);
  expect(downs).toBe(0);
});

test('one that is started anew on purpose, and ends badly every time, is not given up', async () => {
  const kept = keep();
  for (let round = 0; round < 8; round++) {
    const newest = started.at(-1);
    if (newest !== undefined) newest.exit = { code: 1, signal: null };
    kept.restart(100);
    await vi.advanceTimersByTimeAsync(5000);
  }
  expect(started).toHaveLength(9);
  expect(downs).toBe(8);
  expect(givenUp).toBe(0);
});

test('one that is started anew on purpose, and ends in order, comes back at once', async () => {
  const kept = keep();
  kept.restart(100);
  await vi.advanceTimersByTimeAsync(0);
  expect(started).toHaveLength(2);
  expect(downs).toBe(0);
});

test.each<[string, ChildExit, number[]]>([
  ['in order', { code: 0, signal: null }, []],
  ['only by force, as when it has just begun on a busy computer', { code: null, signal: 'SIGKILL' }, [30]],
  ['with an error', { code: 1, signal: null }, [50]],
  ['by a crash', { code: null, signal: 'SIGSEGV' }, [50]],
])(
  'one that was asked to end and does so %s is told of at that level, and is down where it must be',
  async (_, exit, told) => {
    const kept = keep();
    started[0]!.exit = exit;
    await kept.end(100);
    expect(levels).toEqual(told);
    expect(downs).toBe(told.length);
    expect(started).toHaveLength(1);
  },
);
