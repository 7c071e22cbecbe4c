import { expect, test } from 'vitest';
import { isOutwardUrl, outwardUrls } from './outward-urls.ts';

const remote = { host: '127.0.0.1', port: 8080 };
const ipv4 = (address: string, internal = false) => ({
  address,
  internal,
  family: 'IPv4' as const,
  netmask: '255.255.255.0',
  mac: '',
  cidr: null,
});
const interfaces = { lo: [ipv4('127.0.0.1', true)], wlan0: [ipv4('192.168.1.20')], eth0: [ipv4('10.0.0.3')] };

test('a remote on loopback is nowhere to be found', () => {
  for (const host of ['127.0.0.1', 'localhost', '::1', '127.0.1.1']) {
    expect(outwardUrls({ ...remote, host }, interfaces)).toEqual([]);
  }
});

test('one that listens everywhere is at each address of the machine', () => {
  expect(outwardUrls({ ...remote, host: '0.0.0.0' }, interfaces)).toEqual([
    'http://192.168.1.20:8080/',
    'http://10.0.0.3:8080/',
  ]);
});

test('where there is https, that is where phones go', () => {
  expect(outwardUrls({ ...remote, host: '0.0.0.0', httpsPort: 8443 }, interfaces)[0]).toBe(
    'https://192.168.1.20:8443/',
  );
  expect(outwardUrls({ ...remote, host: '10.0.0.3', httpsPort: 8443 }, {})).toEqual(['https://10.0.0.3:8443/']);
});

test('one address that was given is the one', () => {
  expect(outwardUrls({ ...remote, host: '10.0.0.3' }, interfaces)).toEqual(['http://10.0.0.3:8080/']);
  expect(outwardUrls({ ...remote, host: 'fe80::1' }, {})).toEqual(['http://[fe80::1]:8080/']);
});

test('phones reach what is not the loopback of this machine', () => {
  const urls = ['http://127.0.0.1:8080/', 'http://localhost:8080/', 'https://[::1]:8443/', 'http://127.example:8080/'];
  expect(urls.filter(isOutwardUrl)).toEqual(['http://127.example:8080/']);
  expect(isOutwardUrl('https://[fe80::1]:8443/')).toBe(true);
  expect(isOutwardUrl('http://[fe80::1%wlan0]:8080/')).toBe(true);
});
