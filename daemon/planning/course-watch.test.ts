import { describe, expect, it } from 'vitest';
import { CourseWatch } from './course-watch.ts';
import { ConeDrive } from './testing/cone-drive.ts';

const turned = 0.39;
const drive = (curvaturePerM: number) => new ConeDrive(new CourseWatch(), curvaturePerM);

describe('a camera', () => {
  it.each([-0.6, 0, 0.6])('that looks where the car drives is right, along a bend of %d 1/m', (curvaturePerM) => {
    const { watch } = drive(curvaturePerM).go(9);
    expect(watch.isWrong).toBe(false);
    expect(Math.abs(watch.asideRad ?? 1)).toBeLessThan(0.08);
  });

  it.each([
    [turned, 0],
    [-turned, 0],
    [turned, 0.6],
    [-turned, -0.6],
  ])('turned aside by %d rad is noticed within a few metres, along a bend of %d 1/m', (yawRad, curvaturePerM) => {
    expect(drive(curvaturePerM).go(6, { yawRad }).watch.isWrong).toBe(true);
  });

  it('of a car that stands or is carried says nothing', () => {
    const { watch } = drive(0).go(6, { yawRad: turned, isCarried: true });
    expect(watch.isWrong).toBe(false);
    expect(watch.asideRad).toBeUndefined();
  });

  it('that was put right is believed again after a few metres, and not before', () => {
    const driven = drive(0).go(6, { yawRad: turned });
    expect(driven.watch.isWrong).toBe(true);
    expect(driven.go(0.5).watch.isWrong).toBe(true);
    expect(driven.go(6).watch.isWrong).toBe(false);
  });
});
