import { beforeEach, expect, test } from 'vitest';
import { type CarLink, type Connection, openCarLink } from './car-link.ts';
import { backOffMs, type LinkClock, type LinkSocket } from './link-port.ts';
import type { ServerMessage } from './remote-messages.ts';

/** A clock that is stepped. */
class SteppedClock implements LinkClock {
  #nowMs = 0;
  #calls: { atMs: number; periodMs: number | undefined; call: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, call: () => void): () => void {
    return this.#add({ atMs: this.#nowMs + delayMs, periodMs: undefined, call });
  }

  every(periodMs: number, call: () => void): () => void {
    return this.#add({ atMs: this.#nowMs + periodMs, periodMs, call });
  }

  #add(entry: { atMs: number; periodMs: number | undefined; call: () => void }): () => void {
    this.#calls.push(entry);
    return () => {
      this.#calls = this.#calls.filter((other) => other !== entry);
    };
  }

  step(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const next = [...this.#calls].sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#nowMs = next.atMs;
      if (next.periodMs === undefined) this.#calls = this.#calls.filter((other) => other !== next);
      else next.atMs += next.periodMs;
      next.call();
    }
    this.#nowMs = endMs;
  }
}

class FakeSocket implements LinkSocket {
  readyState = 1;
  bufferedAmount = 0;
  binaryType = '';
  readonly #listeners = new Map<string, (event: { data: unknown; code: number }) => void>();
  readonly sent: unknown[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.closed = true;
  }
  addEventListener(type: string, listener: (event: { data: unknown; code: number }) => void): void {
    this.#listeners.set(type, listener);
  }
  say(message: object | string): void {
    const data = typeof message === 'string' ? message : JSON.stringify(message);
    this.#listeners.get('message')?.({ data, code: 0 });
  }
  end(code = 1006): void {
    this.#listeners.get('close')?.({ data: undefined, code });
  }
}

let clock: SteppedClock;
let sockets: FakeSocket[];
let connections: Connection[];
let messages: ServerMessage[];
let unknown: string[];
let link: CarLink;
const newest = () => sockets.at(-1) as FakeSocket;
const welcome = (sessionId = 'one') => newest().say({ kind: 'welcome', protocolVersion: 1, sessionId, isDriver: true });
const pong = { kind: 'pong', sentAtMs: 1, atMs: 2 } as const;
const drive = { kind: 'drive', sequence: 1, steering: 0, throttle: 0, inputAtMs: 0, sentAtMs: 0 } as const;

beforeEach(() => {
  clock = new SteppedClock();
  sockets = [];
  connections = [];
  messages = [];
  unknown = [];
  link = openCarLink({
    clock,
    open: () => {
      sockets.push(new FakeSocket());
      return newest();
    },
    onConnection: (connection) => connections.push(connection),
    onMessage: (message) => messages.push(message),
    onUnknown: (why) => unknown.push(why),
  });
});

test('is connected from the welcome on, and its drive commands carry the session', () => {
  expect(connections).toEqual(['connecting']);
  expect(link.send({ kind: 'stop' })).toBe(true);
  welcome('abc');
  expect(connections).toEqual(['connecting', 'connected']);
  link.send(drive);
  link.send({ kind: 'arm', mode: 'manual' });
  expect(newest().sent).toEqual([{ kind: 'stop' }, { ...drive, session: 'abc' }, { kind: 'arm', mode: 'manual' }]);
});

test('a drive command does not queue on a slow link; a stop does', () => {
  welcome();
  newest().bufferedAmount = 2000;
  expect(link.send(drive)).toBe(false);
  expect(link.send({ kind: 'stop' })).toBe(true);
});

test('what fits no schema is told and dropped', () => {
  newest().say('{');
  newest().say({ kind: 'telemetry' });
  newest().say({ kind: 'something new' });
  expect(messages).toEqual([]);
  expect(unknown).toHaveLength(3);
});

test('a car that is silent for a second is lost, although nothing was closed; one that talks is not', () => {
  welcome();
  for (let i = 0; i < 10; i++) {
    clock.step(500);
    newest().say(pong);
  }
  expect(connections.at(-1)).toBe('connected');
  clock.step(1400);
  expect(connections.at(-1)).toBe('lost');
  expect(sockets[0]?.closed).toBe(true);
  expect(link.send(drive)).toBe(false);
});

test('it tries again ever more rarely, without end, and soon again after it was connected', () => {
  const opened: number[] = [];
  for (let stepMs = 0; stepMs < 20_000; stepMs += 10) {
    const before = sockets.length;
    newest().end();
    clock.step(10);
    if (sockets.length > before) opened.push(clock.nowMs());
  }
  const gaps = opened.slice(1).map((at, index) => Math.round((at - (opened[index] ?? 0)) / 250) * 250);
  expect(gaps.slice(0, 5)).toEqual([500, 1000, 2000, 4000, 4000]);
  // Whatever it waits for now is over, and the connection stands.
  link.reconnect();
  welcome();
  newest().end();
  const before = sockets.length;
  clock.step(250);
  expect(sockets.length).toBe(before + 1);
});

test('one that was opened elsewhere keeps still until it is asked', () => {
  welcome();
  newest().end(4001);
  clock.step(60_000);
  expect(sockets).toHaveLength(1);
  expect(connections.at(-1)).toBe('replaced');
  link.reconnect();
  expect(sockets).toHaveLength(2);
});

test('an old connection is heard no more, and a closed link opens none', () => {
  welcome();
  const [old] = sockets;
  newest().end();
  clock.step(250);
  old?.say(pong);
  expect(messages.map(({ kind }) => kind)).toEqual(['welcome']);
  link.close();
  clock.step(60_000);
  link.reconnect();
  expect(sockets).toHaveLength(2);
});

test('waits longer after each failure, but never long', () => {
  expect([0, 1, 2, 3, 4, 5, 1000].map(backOffMs)).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000]);
});
