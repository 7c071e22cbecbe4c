import { beforeEach, expect, test } from 'vitest';
import { gateStatus } from './planning/testing/gate-status.ts';
import { ProofOfProgress } from './proof-of-progress.ts';

let proof: ProofOfProgress;
let looks: number;
beforeEach(() => {
  proof = new ProofOfProgress();
  looks = 0;
});

const tellStatus = (boardLooks: number): void => proof.heard(gateStatus(0, { boardLooks }));

test('before anything was done there is none', () => {
  expect(proof.hasProgressed()).toBe(false);
});

test('a disarmed car has only to step, and to go on stepping', () => {
  proof.stepped(false);
  expect(proof.hasProgressed()).toBe(true);
  expect(proof.hasProgressed()).toBe(false);
});

test('a loop that hangs is not excused by motor control that works', () => {
  tellStatus(++looks);
  expect(proof.hasProgressed()).toBe(false);
});

test('an armed car needs registers that were read back since it was last asked', () => {
  for (let beat = 0; beat < 5; beat++) {
    proof.stepped(true);
    tellStatus(++looks);
    expect(proof.hasProgressed()).toBe(true);
  }
  proof.stepped(true);
  tellStatus(looks);
  expect(proof.hasProgressed()).toBe(false);
  proof.stepped(true);
  expect(proof.hasProgressed()).toBe(false);
});

test('motor control that started anew counts from zero, and counts', () => {
  tellStatus(500);
  proof.stepped(true);
  expect(proof.hasProgressed()).toBe(true);
  proof.stepped(true);
  tellStatus(1);
  expect(proof.hasProgressed()).toBe(true);
});

test('other words of motor control prove nothing', () => {
  proof.stepped(true);
  proof.heard({ kind: 'fault', atMs: 0, cause: 'EIO', text: 'no answer' });
  expect(proof.hasProgressed()).toBe(false);
});
