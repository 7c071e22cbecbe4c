import { expect, test } from 'vitest';
import { addressForOthers } from './address-for-others.ts';

const urls = ['http://192.168.1.20:8080/', 'http://10.0.0.3:8080/'];

test.each(['localhost', 'car.localhost', '127.0.0.1', '127.0.1.1', '[::1]'])(
  '%s leads other devices to themselves: they open where the car is in its network',
  (hostname) => {
    const here = { origin: `http://${hostname}:8080`, hostname };
    expect(addressForOthers(here, urls)).toBe(urls[0]);
    expect(addressForOthers(here, [])).toBeUndefined();
    expect(addressForOthers(here, undefined)).toBeUndefined();
  },
);

test.each(['car.local', '192.168.1.21', '[fe80::1]', '127.example', 'localhost.example'])(
  '%s served this one, and serves others',
  (hostname) => {
    const here = { origin: `https://${hostname}:8443`, hostname };
    expect(addressForOthers(here, urls)).toBe(here.origin);
  },
);
