import { beforeEach, expect, it } from 'vitest';
import { ReadingsWatch } from './readings-watch.ts';

let watch: ReadingsWatch;
beforeEach(() => {
  watch = new ReadingsWatch();
});
const codes = () => watch.obstacles({ begins: true }).map(({ code }) => code);

it('takes a battery whose sensor falls silent for as empty as it was', () => {
  watch.accept({ battery: { volts: 6, level: 'critical' } });
  expect(watch.events()).toContainEqual({ kind: 'battery-empty' });
  watch.accept({});
  expect(watch.takeNotices()).toEqual([]);
  expect(codes()).toEqual(['battery-empty']);
  watch.accept({ battery: { volts: 8, level: 'normal' } });
  expect(watch.takeNotices()).toEqual([{ code: 'battery-good' }]);
  expect(codes()).toEqual([]);
});

it('takes a computer whose thermometer falls silent for as hot as it was', () => {
  watch.accept({ board: { temperatureLevel: 'critical' } });
  watch.accept({ board: {} });
  expect(watch.events()).toContainEqual({ kind: 'hot' });
  expect(watch.takeNotices()).toEqual([]);
  expect(codes()).toEqual(['too-hot']);
});

it('says nothing of what was never measured', () => {
  watch.accept({});
  expect(watch.events()).toEqual([{ kind: 'cool' }]);
  expect(watch.takeNotices()).toEqual([]);
});
