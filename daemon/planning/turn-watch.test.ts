import { describe, expect, it } from 'vitest';
import { ConeDrive } from './testing/cone-drive.ts';
import { TurnWatch } from './turn-watch.ts';

const drive = (curvaturePerM: number) => new ConeDrive(new TurnWatch(), curvaturePerM);
const bends = [-1.2, -0.6, 0.6, 1.2];

describe('a picture', () => {
  it.each([...bends, 0])('that turns as the car does is right, along a bend of %d 1/m', (curvaturePerM) => {
    const driven = drive(curvaturePerM);
    for (let piece = 0; piece < 40; piece++) expect(driven.go(0.5).watch.isWrong).toBe(false);
  });

  it.each(bends)('that is mirrored is known within a second of a bend of %d 1/m, and not by a few pictures', (bend) => {
    expect(drive(bend).go(0.35, { isMirrored: true }).watch.isWrong).toBe(false);
    expect(drive(bend).go(1.2, { isMirrored: true }).watch.isWrong).toBe(true);
    expect(drive(bend).go(6).go(1.2, { isMirrored: true }).watch.isWrong).toBe(true);
  });

  it.each(bends)('of a car that steers to the other side is as wrong, along a bend of %d 1/m', (bend) => {
    expect(drive(bend).go(1.2, { isSteeredOtherwise: true }).watch.isWrong).toBe(true);
  });

  it('of a camera that is turned aside is right for all that: it turns as the car does', () => {
    for (const yawRad of [-0.39, 0.39]) expect(drive(0.6).go(6, { yawRad }).watch.isWrong).toBe(false);
  });

  it('says nothing of a mirror while the car goes straight, stands, or is carried round a bend', () => {
    expect(drive(0).go(6, { isMirrored: true }).watch.isWrong).toBe(false);
    expect(drive(0.6).go(6, { isMirrored: true, isCarried: true }).watch.isWrong).toBe(false);
  });

  it('that was put right is believed again after a bend, and not while the car is carried', () => {
    const driven = drive(0.6).go(2, { isMirrored: true });
    expect(driven.go(3, { isCarried: true }).watch.isWrong).toBe(true);
    expect(driven.go(0.2).watch.isWrong).toBe(true);
    expect(driven.go(2).watch.isWrong).toBe(false);
  });
});
