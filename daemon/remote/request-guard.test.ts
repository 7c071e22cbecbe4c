import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allowedHostNames, collectOrigin, comesFromOtherSite, type Entry, judgeRequest } from './request-guard.ts';

const loopback = allowedHostNames('127.0.0.1', ['192.168.1.7', 'car', 'car.local']);
const wide = allowedHostNames('0.0.0.0', ['192.168.1.7', 'fe80::1', 'car', 'car.local']);
const http: Entry = { scheme: 'http', port: 8080 };
const judge = (host: string, origin?: string, names = loopback, entry = http) =>
  judgeRequest({ hosts: [host], origins: origin === undefined ? [] : [origin] }, names, entry);

describe('on loopback', () => {
  test.each([
    ['127.0.0.1:8080', undefined],
    ['localhost:8080', 'http://localhost:8080'],
    ['LocalHost:8080', 'http://localhost:8080'],
    ['[::1]:8080', 'http://[::1]:8080'],
  ])('%s with origin %s passes', (host, origin) => {
    expect(judge(host, origin)).toEqual({ allowed: true, name: host.toLowerCase().replace(':8080', '') });
  });

  test.each([
    ['evil.example:8080', undefined],
    ['evil.example:8080', 'http://evil.example:8080'],
    ['192.168.1.7:8080', undefined],
    ['localhost.evil.example:8080', undefined],
    ['evillocalhost:8080', undefined],
    ['localhost.:8080', undefined],
    ['localhost:8081', undefined],
    ['localhost', undefined],
    ['2130706433:8080', undefined],
    ['0.0.0.0:8080', undefined],
    ['localhost:8080', 'null'],
    ['localhost:8080', ''],
    ['localhost:8080', 'http://evil.example'],
    ['localhost:8080', 'http://localhost:8081'],
    ['localhost:8080', 'http://localhost'],
    ['localhost:8080', 'https://localhost:8080'],
    ['localhost:8080', 'http://127.0.0.1:8080'],
    ['localhost:8080', 'http://localhost:8080.evil.example'],
    ['localhost:8080', 'http://localhost:8080@evil.example'],
    ['localhost:8080', 'http://localhostx8080'],
  ])('%s with origin %s is refused', (host, origin) => {
    expect(judge(host, origin)).toMatchObject({ allowed: false, status: 403 });
  });
});

describe('listening wider', () => {
  test.each(['192.168.1.7:8080', 'car.local:8080', 'CAR:8080', '[fe80::1]:8080', '127.0.0.1:8080'])(
    '%s is one of the machine’s own',
    (host) => {
      expect(judge(host, `http://${host}`, wide)).toMatchObject({ allowed: true });
    },
  );

  test.each(['car.local.evil.example:8080', 'evilcar.local:8080', 'carxlocal:8080', '192.168.1.8:8080'])(
    '%s is not',
    (host) => {
      expect(judge(host, undefined, wide)).toMatchObject({ allowed: false, status: 403 });
    },
  );
});

describe('by https', () => {
  const https: Entry = { scheme: 'https', port: 8443 };
  test('only pages that came by https, from the same port, pass', () => {
    expect(judge('car.local:8443', 'https://car.local:8443', wide, https)).toEqual({
      allowed: true,
      name: 'car.local',
    });
    expect(judge('car.local:8443', undefined, wide, https).allowed).toBe(true);
    for (const origin of ['http://car.local:8443', 'https://car.local', 'https://car.local:8080', 'null']) {
      expect(judge('car.local:8443', origin, wide, https)).toMatchObject({ allowed: false, status: 403 });
    }
  });

  test('a Host without a port is at port 443', () => {
    expect(judge('car.local', 'https://car.local', wide, { scheme: 'https', port: 443 }).allowed).toBe(true);
    expect(judge('car.local', 'https://car.local', wide, https).allowed).toBe(false);
    expect(judge('car.local', 'http://car.local', wide, { scheme: 'http', port: 80 }).allowed).toBe(true);
  });
});

test('a browser says where a request comes from, a program does not', () => {
  for (const site of ['cross-site', 'same-site', 'anything']) {
    expect(comesFromOtherSite({ 'sec-fetch-site': site })).toBe(true);
  }
  for (const site of ['same-origin', 'none']) expect(comesFromOtherSite({ 'sec-fetch-site': site })).toBe(false);
  expect(comesFromOtherSite({})).toBe(false);
});

test('no Host, two Hosts and two Origins are malformed', () => {
  const raw = ['Host', 'localhost:8080', 'hOST', 'evil.example', 'Accept', '*/*'];
  expect(judgeRequest(collectOrigin(raw), loopback, http)).toMatchObject({ status: 400 });
  expect(judgeRequest({ hosts: [], origins: [] }, loopback, http)).toMatchObject({ status: 400 });
  const origin = 'http://localhost:8080';
  expect(judgeRequest({ hosts: ['localhost:8080'], origins: [origin, origin] }, loopback, http)).toMatchObject({
    status: 400,
  });
});

test('no other host or origin passes, whatever it looks like', () => {
  const near = fc.string({
    unit: fc.constantFrom('l', 'o', 'c', 'a', 'h', 's', 't', '.', ':', '@', '/', '8', '0', '1'),
  });
  fc.assert(
    fc.property(near, near, (before, after) => {
      fc.pre(before + after !== '');
      expect(judge(`${before}localhost:8080${after}`).allowed).toBe(false);
      expect(judge('localhost:8080', `http://${before}localhost:8080${after}`).allowed).toBe(false);
    }),
  );
});
