import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConnectionLimits } from './connection-limits.ts';

class Connection {
  isOpen = true;
  destroy(): void {
    this.isOpen = false;
  }
}

test('the driver keeps its place when five hundred idle connections come, and can come back in among them', () => {
  const limits = new ConnectionLimits({ perSource: 64, inAll: 256 });
  const driver = new Connection();
  limits.opened(driver, 'phone');
  limits.belongs(driver);
  for (let i = 0; i < 500; i++) limits.opened(new Connection(), `attacker ${i % 20}`);
  expect(driver.isOpen).toBe(true);
  const again = new Connection();
  limits.opened(again, 'phone');
  expect(again.isOpen).toBe(true);
  expect(limits.count).toBeLessThanOrEqual(256);
  expect(limits.turnedAway).toBeGreaterThanOrEqual(500 + 2 - 256);
});

test('who fills its own share loses its own oldest connection', () => {
  const limits = new ConnectionLimits({ perSource: 2, inAll: 10 });
  const [first, second, third, other] = [new Connection(), new Connection(), new Connection(), new Connection()];
  limits.opened(other, 'b');
  for (const one of [first, second, third]) limits.opened(one, 'a');
  expect([first, second, third, other].map((one) => one.isOpen)).toEqual([false, true, true, true]);
});

test('where all belong to somebody, the new one is refused', () => {
  const limits = new ConnectionLimits({ perSource: 1, inAll: 10 });
  const [first, second] = [new Connection(), new Connection()];
  limits.opened(first, 'a');
  limits.belongs(first);
  limits.opened(second, 'a');
  expect([first.isOpen, second.isOpen]).toEqual([true, false]);
});

test('never more than the limits, never one that belongs, whatever comes and goes', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('open', 'own', 'close'), fc.nat(5), fc.nat(30)), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (list) => {
      const limits = new ConnectionLimits({ perSource: 3, inAll: 8 });
      const all: { connection: Connection; source: string; owned: boolean }[] = [];
      for (const [step, source, which] of list) {
        const open = all.filter(({ connection }) => connection.isOpen);
        const one = open[which % Math.max(1, open.length)];
        if (step === 'open') {
          const connection = new Connection();
          all.push({ connection, source: `s${source}`, owned: false });
          limits.opened(connection, `s${source}`);
        } else if (one !== undefined && step === 'own') {
          one.owned = true;
          limits.belongs(one.connection);
        } else if (one !== undefined) {
          one.connection.isOpen = false;
          one.owned = false;
          limits.closed(one.connection);
        }
        const still = all.filter(({ connection }) => connection.isOpen);
        expect(limits.count).toBe(still.length);
        expect(still.length).toBeLessThanOrEqual(8);
        for (let s = 0; s <= 5; s++) expect(still.filter((c) => c.source === `s${s}`).length).toBeLessThanOrEqual(3);
        expect(all.filter(({ owned, connection }) => owned && !connection.isOpen)).toEqual([]);
      }
    }),
  );
});
