import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { credentialOf, tokenCookie } from './credential.ts';
import { deviceNameSchema } from './device.ts';
import { PairingWindow, pairingWindowMs } from './pairing-window.ts';
import { isThisMachine, sourceKey } from './source-key.ts';
import { Tickets, ticketLifeMs } from './tickets.ts';
import { TryLimit } from './try-limit.ts';

const minute = 60_000;

describe('the window', () => {
  const opened = (code = '123456') => {
    const window = new PairingWindow();
    window.open({ role: 'driver', randomCode: code, nowMs: 0 });
    return window;
  };

  test('is closed until it is opened, and again after a while', () => {
    const window = new PairingWindow();
    expect(window.judge('123456', 'a', 0)).toEqual({ kind: 'closed' });
    window.open({ role: 'viewer', randomCode: '123456', nowMs: 0 });
    expect(window.judge('123456', 'b', pairingWindowMs - 1)).toEqual({ kind: 'right', role: 'viewer' });
    expect(window.judge('123456', 'b', pairingWindowMs)).toEqual({ kind: 'closed' });
    expect(window.state(pairingWindowMs)).toEqual({ open: false });
  });

  test('opening it anew makes the old code worthless', () => {
    const window = opened();
    window.open({ role: 'driver', randomCode: '654321', nowMs: 1 });
    expect(window.judge('123456', 'a', 2)).toEqual({ kind: 'wrong' });
  });

  test('one source has five tries in ten minutes, and the right code is refused after them', () => {
    const window = opened();
    for (let i = 0; i < 5; i++) expect(window.judge(`00000${i}`, 'a', i)).toEqual({ kind: 'wrong' });
    expect(window.judge('123456', 'a', 6)).toEqual({ kind: 'too-many', retryAtMs: 10 * minute });
    window.open({ role: 'driver', randomCode: '123456', nowMs: 9 * minute });
    expect(window.judge('123456', 'a', 10 * minute - 1).kind).toBe('too-many');
    expect(window.judge('123456', 'a', 10 * minute).kind).toBe('right');
  });

  test('another source is not touched, until all together have tried twenty times', () => {
    const window = opened();
    for (let i = 0; i < 20; i++) expect(window.judge('000000', `source ${i % 4}`, i).kind).toBe('wrong');
    expect(window.judge('123456', 'the owner', 21).kind).toBe('too-many');
  });

  test('who knows the code was no guesser', () => {
    const window = opened();
    for (let i = 0; i < 100; i++) expect(window.judge('123456', 'a class behind one address', i).kind).toBe('right');
  });

  test.each(['', '12345', '1234567', '123456 ', '１２３４５６', '0'.repeat(1_000_000)])('%j is wrong', (code) => {
    expect(opened().judge(code.slice(0, 20_000), 'a', 0)).toEqual({ kind: 'wrong' });
  });
});

test('no window of ten minutes ever holds more tries than allowed', () => {
  const tries = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), fc.nat(2 * minute)), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(tries, (list) => {
      const limit = new TryLimit({ perSource: 5, inAll: 20, windowMs: 10 * minute });
      const taken: { source: string; atMs: number }[] = [];
      let nowMs = 0;
      for (const [source, waitMs] of list) {
        nowMs += waitMs;
        const verdict = limit.take(source, nowMs);
        if (verdict.allowed) taken.push({ source, atMs: nowMs });
        else expect(verdict.retryAtMs).toBeGreaterThan(nowMs);
        const recent = taken.filter(({ atMs }) => nowMs - atMs < 10 * minute);
        expect(recent.length).toBeLessThanOrEqual(20);
        expect(recent.filter((one) => one.source === source).length).toBeLessThanOrEqual(5);
      }
    }),
  );
});

describe('a ticket', () => {
  test('is good once', () => {
    const tickets = new Tickets<string>();
    tickets.issue('phone', 'abc', 0);
    expect(tickets.redeem('abc', 1)).toBe('phone');
    expect(tickets.redeem('abc', 2)).toBeUndefined();
  });

  test('is good for five seconds', () => {
    const tickets = new Tickets<string>();
    tickets.issue('phone', 'abc', 0);
    tickets.issue('phone', 'def', 0);
    expect(tickets.redeem('abc', ticketLifeMs - 1)).toBe('phone');
    expect(tickets.redeem('def', ticketLifeMs)).toBeUndefined();
  });

  test('pushes out the oldest when there are too many', () => {
    const tickets = new Tickets<number>();
    for (let i = 0; i <= 256; i++) tickets.issue(i, `t${i}`, 0);
    expect([tickets.redeem('t0', 1), tickets.redeem('t1', 1), tickets.redeem('t256', 1)]).toEqual([undefined, 1, 256]);
  });
});

describe('a credential', () => {
  const of = (headers: { authorization?: string; cookie?: string }, url = '/ws/control', method = 'GET') =>
    credentialOf({ method, url, headers }, 'car-1');

  test.each([
    [{}, { kind: 'none' }],
    [{ cookie: 'other=1; car-12=x; xcar-1=y' }, { kind: 'none' }],
    [{ cookie: 'other=1; car-1=abc' }, { kind: 'token', token: 'abc' }],
    [{ authorization: 'Bearer abc' }, { kind: 'token', token: 'abc' }],
    [{ authorization: 'Basic YWRtaW46YWRtaW4=' }, { kind: 'unclear' }],
    [{ authorization: 'Bearer ' }, { kind: 'unclear' }],
    [{ authorization: 'Bearer a, b' }, { kind: 'unclear' }],
    [{ authorization: 'Basic x', cookie: 'car-1=abc' }, { kind: 'unclear' }],
    [{ cookie: 'car-1=abc; car-1=def' }, { kind: 'unclear' }],
    [{ cookie: 'car-1=' }, { kind: 'unclear' }],
    [{ cookie: `car-1=${'a'.repeat(101)}` }, { kind: 'unclear' }],
  ] as const)('%j is %j', (headers, credential) => {
    expect(of(headers)).toEqual(credential);
  });

  test('may be a ticket, once, for what changes nothing', () => {
    expect(of({}, '/ws/video?ticket=abc')).toEqual({ kind: 'ticket', ticket: 'abc' });
    expect(of({}, '/ws/video?ticket=abc&ticket=def')).toEqual({ kind: 'unclear' });
    expect(of({}, '/api/devices/1?ticket=abc', 'DELETE')).toEqual({ kind: 'unclear' });
  });

  test('kept as a cookie is out of reach for scripts and for other sites', () => {
    const cookie = tokenCookie({ name: 'car-1', token: 'abc', secure: true });
    for (const part of ['car-1=abc;', 'HttpOnly', 'SameSite=Strict', 'Path=/', 'Secure'])
      expect(cookie).toContain(part);
    expect(tokenCookie({ name: 'car-1', token: 'abc', secure: false })).not.toContain('Secure');
  });
});

describe('a source', () => {
  test.each([
    ['192.168.1.7', '192.168.1.7'],
    ['::ffff:192.168.1.7', '192.168.1.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::9', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    [undefined, 'unknown'],
  ])('%s is known as %s', (address, key) => {
    expect(sourceKey(address)).toBe(key);
  });

  test.each([
    ['127.0.0.1', true],
    ['::ffff:127.0.0.1', true],
    ['::1', true],
    ['192.168.1.7', false],
    ['1127.0.0.1', false],
    ['', false],
    [undefined, false],
  ])('%s is this machine: %s', (address, is) => {
    expect(isThisMachine(address)).toBe(is);
  });
});

test.each([
  ['', false],
  ['   ', false],
  ['Lan’s phone 📱', true],
  ['  Máy của Lan  ', true],
  ['a'.repeat(41), false],
  ['two\nlines', false],
  ['\u001b[31mred', false],
  ['evil\u202eenohp', false],
  ['\ud800', false],
])('the name %j is taken: %s', (name, taken) => {
  expect(deviceNameSchema.safeParse(name).success).toBe(taken);
});
