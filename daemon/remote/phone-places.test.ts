import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PlaceHolder, placeFor } from './phone-places.ts';

const limits = { perDevice: 3, inAll: 6 };
const holder = (deviceId: string | undefined, role: PlaceHolder['role'], isDriving = false) => ({
  ...{ deviceId, role, isDriving },
});
const driver = holder('driver', 'driver');
const viewers = (...ids: string[]) => ids.map((id) => holder(id, 'viewer'));

describe('a place', () => {
  test('is free while some are left, for so many pages of one device', () => {
    expect(placeFor([], driver, limits)).toEqual({ kind: 'free' });
    const own = [driver, driver, driver];
    expect(placeFor(own, driver, limits)).toEqual({ kind: 'device-full' });
    expect(placeFor(own, holder('other', 'viewer'), limits)).toEqual({ kind: 'free' });
  });

  test('on this machine itself is free until all are taken', () => {
    const own = Array.from({ length: 5 }, () => holder(undefined, 'driver'));
    expect(placeFor(own, own[0]!, limits)).toEqual({ kind: 'free' });
    expect(placeFor([...own, own[0]!], own[0]!, limits)).toEqual({ kind: 'all-full' });
  });

  test('is taken from the one who watches with most pages, the newest of them, for one who may drive', () => {
    const present = viewers('a', 'b', 'b', 'c', 'd', 'e');
    expect(placeFor(present, driver, limits)).toEqual({ kind: 'instead', of: present[2] });
    expect(placeFor(viewers('a', 'b', 'c', 'd', 'e', 'f'), driver, limits).kind).toBe('instead');
  });

  test('is shared out among equals, and never taken by one who watches from one who may drive', () => {
    const present = viewers('a', 'a', 'a', 'b', 'b', 'c');
    expect(placeFor(present, holder('new', 'viewer'), limits)).toEqual({ kind: 'instead', of: present[2] });
    expect(placeFor(present, holder('c', 'viewer'), limits)).toEqual({ kind: 'instead', of: present[2] });
    expect(placeFor(present, holder('b', 'viewer'), limits)).toEqual({ kind: 'all-full' });
    const drivers = present.map(({ deviceId }) => holder(deviceId, 'driver'));
    expect(placeFor(drivers, holder('new', 'viewer'), limits)).toEqual({ kind: 'all-full' });
  });

  test('is never taken from the one who drives', () => {
    const others = ['b', 'c', 'd', 'e', 'f'].map((id) => holder(id, 'driver'));
    expect(placeFor([holder('a', 'driver', true), ...others], driver, limits)).toEqual({ kind: 'all-full' });
    const twice = [holder('a', 'driver', true), ...others.slice(1), holder('a', 'driver')];
    expect(placeFor(twice, driver, limits)).toEqual({ kind: 'instead', of: twice[5] });
    const isViewing = [{ ...holder('a', 'viewer'), isDriving: true }, ...others];
    expect(placeFor(isViewing, driver, limits)).toEqual({ kind: 'all-full' });
  });

  test('whoever comes, in whatever order: the bounds hold, and a driver is kept out by drivers alone', () => {
    const comers = fc.array(
      fc.record({ device: fc.nat(9), role: fc.constantFrom('driver' as const, 'viewer' as const) }),
    );
    fc.assert(
      fc.property(comers, (all) => {
        let present: PlaceHolder[] = [];
        for (const { device, role } of all) {
          const comer = holder(`${role} ${device}`, role, role === 'driver' && present.every((one) => !one.isDriving));
          const place = placeFor(present, comer, limits);
          if (place.kind === 'instead') {
            expect(place.of.isDriving).toBe(false);
            present = present.filter((one) => one !== place.of);
          }
          if (place.kind === 'all-full' && role === 'driver') {
            expect(present.every((one) => one.role === 'driver')).toBe(true);
          }
          if (place.kind === 'free' || place.kind === 'instead') present = [...present, comer];
          expect(present.length).toBeLessThanOrEqual(limits.inAll);
          for (const { deviceId } of present) {
            expect(present.filter((one) => one.deviceId === deviceId).length).toBeLessThanOrEqual(limits.perDevice);
          }
        }
      }),
    );
  });
});
