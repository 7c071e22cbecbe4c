import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { presets } from '../car/presets.ts';
import type { FrameDetections } from '../protocol/detection.ts';
import type { DriverCommand } from '../protocol/driver-command.ts';
import { DetectionWatch, DriverWatch } from './freshness.ts';
import type { ModeEvent } from './modes.ts';
import { testFrame } from './testing/test-frame.ts';

const { safety } = presets['simulated']!;

function command(sequence: number, receivedAtMs: number, news: Partial<DriverCommand> = {}): DriverCommand {
  return { sequence, receivedAtMs, inputAgeMs: 0, steering: 0, throttle: 0.5, ...news };
}

function frame(capturedAtMs: number, detectedAtMs = capturedAtMs + 80): FrameDetections {
  const frameId = Math.max(0, Math.round(capturedAtMs));
  return testFrame({ atMs: capturedAtMs, frameId, detectedAtMs, widthPx: 480, heightPx: 360 });
}

const kinds = (events: readonly { readonly kind: string }[]): string[] => events.map(({ kind }) => kind);

describe('the driver', () => {
  it('is late after 250 ms and lost after 1000 ms without input', () => {
    const driver = new DriverWatch(safety);
    driver.accept(command(1, 1000));
    expect(driver.stick(1250)?.throttle).toBe(0.5);
    expect(kinds(driver.events(1250))).toEqual([]);
    expect(driver.stick(1251)).toBeUndefined();
    expect(kinds(driver.events(1251))).toEqual(['driver-late']);
    expect(kinds(driver.events(2000))).toEqual(['driver-late']);
    expect(kinds(driver.events(2001))).toEqual(['driver-lost']);
  });

  it('is back after three fresh commands in a row', () => {
    const driver = new DriverWatch(safety);
    driver.accept(command(1, 0));
    driver.accept(command(2, 400));
    driver.accept(command(3, 433));
    expect(kinds(driver.events(433))).toEqual([]);
    driver.accept(command(4, 466));
    expect(kinds(driver.events(466))).toEqual(['driver-recovered']);
  });

  it('gives no sign of life by commands made from old input, duplicates, or numbers that are none', () => {
    const driver = new DriverWatch(safety);
    driver.accept(command(5, 0));
    for (let nowMs = 33; nowMs < 1100; nowMs += 33) {
      driver.accept(command(5, nowMs));
      driver.accept(command(4, nowMs));
      driver.accept(command(6, nowMs, { throttle: Number.NaN }));
      driver.accept(command(100 + nowMs, nowMs, { inputAgeMs: nowMs }));
    }
    expect(driver.stick(1100)).toBeUndefined();
    expect(kinds(driver.events(1100))).toEqual(['driver-lost']);
  });

  it('never has a stick whose input is older than 250 ms', () => {
    const step = fc.record({ passedMs: fc.integer({ min: 0, max: 300 }), ageMs: fc.integer({ min: 0, max: 600 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 0, max: 400 }), (steps, afterMs) => {
        const driver = new DriverWatch(safety);
        let nowMs = 0;
        let inputAtMs = Number.NEGATIVE_INFINITY;
        for (const [sequence, { passedMs, ageMs }] of steps.entries()) {
          nowMs += passedMs;
          driver.accept(command(sequence, nowMs, { inputAgeMs: ageMs }));
          inputAtMs = Math.max(inputAtMs, nowMs - ageMs);
        }
        expect(driver.stick(nowMs + afterMs) !== undefined).toBe(nowMs + afterMs - inputAtMs <= 250);
      }),
    );
  });
});

describe('detections', () => {
  it('age by capture, not by arrival', () => {
    const watch = new DetectionWatch(safety);
    watch.accept(frame(1000, 1240));
    expect(watch.ageMs(1250)).toBe(250);
    expect(kinds(watch.events(1250))).toEqual([]);
    expect(kinds(watch.events(1251))).toEqual(['detections-late']);
    expect(kinds(watch.events(2001))).toEqual(['detections-lost']);
  });

  it('are back after three fresh frames', () => {
    const watch = new DetectionWatch(safety);
    watch.accept(frame(0));
    expect(kinds(watch.events(500))).toEqual(['detections-late']);
    watch.accept(frame(500));
    watch.accept(frame(550));
    expect(kinds(watch.events(640))).toEqual([]);
    watch.accept(frame(600));
    expect(kinds(watch.events(690))).toEqual(['detections-recovered']);
  });

  /** Frames at these gaps, each this late; all kinds of events meanwhile. */
  function watched(gapsMs: readonly number[], latencyMs: number): { watch: DetectionWatch; told: Set<string> } {
    const watch = new DetectionWatch(safety);
    const told = new Set<string>();
    let capturedAtMs = 0;
    for (const gapMs of gapsMs) {
      capturedAtMs += gapMs;
      watch.accept(frame(capturedAtMs, capturedAtMs + latencyMs));
      for (const kind of kinds(watch.events(capturedAtMs + latencyMs))) told.add(kind);
    }
    return { watch, told };
  }
  const often = (gapMs: number, count = 20): number[] => Array.from({ length: count }, () => gapMs);

  it('that come often and soon are prompt', () => {
    expect(watched(often(50), 60).told).toEqual(new Set(['detections-recovered', 'detections-prompt']));
  });

  it('that are late, or of which a third is missing, are delayed, and prompt again only when all are', () => {
    expect([...watched(often(33), 150).told]).toContain('detections-delayed');
    expect([
      ...watched(
        often(50).flatMap(() => [50, 100]),
        60,
      ).told,
    ]).toContain('detections-delayed');
    const { watch, told } = watched([...often(33), 120], 20);
    expect([...told]).not.toContain('detections-delayed');
    expect(kinds(watch.events(800))).not.toContain('detections-prompt');
  });

  it('of which more than a fifth is missing are delayed within a second, and again prompt only when hardly one is missing', () => {
    const watch = new DetectionWatch(safety);
    let capturedAtMs = 0;
    let told: string | undefined;
    const see = (gapsMs: readonly number[]): string | undefined => {
      for (const gapMs of gapsMs) {
        capturedAtMs += gapMs;
        watch.accept(frame(capturedAtMs, capturedAtMs + 10));
        told = kinds(watch.events(capturedAtMs + 10)).find((kind) => /delayed|prompt/.test(kind)) ?? told;
      }
      return told;
    };
    see(often(33));
    watch.begin();
    expect(see(often(33, 14))).toBe('detections-prompt');
    // One long gap is a hiccup, not a rate.
    expect(see([120, ...often(33, 14)])).toBe('detections-prompt');
    // Every fourth is missing: 7 times three in a second.
    expect(see(often(33, 7).flatMap(() => [33, 33, 66]))).toBe('detections-delayed');
    expect(see([...often(33, 14)])).toBe('detections-delayed');
    expect(see([...often(33, 16)])).toBe('detections-prompt');
  });

  it('that came seldom when the pilot began to drive are not missed', () => {
    const watch = new DetectionWatch(safety);
    const told = new Set<string>();
    watch.begin();
    for (let capturedAtMs = 100; capturedAtMs < 5000; capturedAtMs += 100) {
      watch.accept(frame(capturedAtMs, capturedAtMs + 10));
      for (const kind of kinds(watch.events(capturedAtMs + 10))) told.add(kind);
    }
    expect([...told]).not.toContain('detections-delayed');
  });

  /**
   * Of a camera of 20 frames a second, with a computer that was idle when the pilot began: what is told, and how long after the steps from
   * frame to frame began to be these.
   */
  function toldOf(steps: readonly number[]): Map<string, { readonly afterMs: number; readonly event: ModeEvent }> {
    const watch = new DetectionWatch(safety);
    const told = new Map<string, { afterMs: number; event: ModeEvent }>();
    let frameId = 0;
    for (const step of often(1, 40)) {
      frameId += step;
      watch.accept({ ...frame(50 * frameId, 50 * frameId + 10), frameId });
    }
    watch.begin();
    watch.accept({ ...frame(50 * ++frameId, 50 * frameId + 10), frameId });
    const beganAtMs = 50 * frameId;
    for (const step of steps) {
      frameId += step;
      watch.accept({ ...frame(50 * frameId, 50 * frameId + 10), frameId });
      for (const event of watch.events(50 * frameId + 10)) {
        if (!told.has(event.kind)) told.set(event.kind, { afterMs: 50 * frameId + 10 - beganAtMs, event });
      }
    }
    return told;
  }

  it('of which the detector passes by more than a fifth, and did not before, are delayed, and told why; hiccups are none', () => {
    expect([...toldOf([1, 1, 1, 2].flatMap((step) => often(step, 1)).concat(often(1, 20))).keys()]).not.toContain(
      'detections-delayed',
    );
    const told = toldOf(often(1, 5).flatMap(() => [1, 1, 2])).get('detections-delayed');
    expect(told?.event).toMatchObject({ skippedShare: expect.closeTo(0.25, 1) });
    expect([...toldOf(often(1, 10).flatMap(() => [1, 1, 1, 1, 2])).keys()]).not.toContain('detections-delayed');
    expect([...toldOf([9, ...often(1, 12), 5, ...often(1, 12)]).keys()]).not.toContain('detections-delayed');
  });

  it('of which the detector passes by a third or more in whatever pattern make the car slower first, and stop it within a second', () => {
    const pattern = fc.array(fc.constantFrom(1, 2, 3), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        pattern.filter((steps) => steps.reduce((sum, step) => sum + step, 0) >= 1.5 * steps.length),
        (steps) => {
          const told = toldOf(often(1, 20).flatMap(() => steps));
          const slowerAfterMs = told.get('detections-delayed')?.afterMs ?? Number.POSITIVE_INFINITY;
          expect(told.get('frames-rare')?.afterMs).toBeLessThanOrEqual(1000);
          expect(slowerAfterMs).toBeLessThanOrEqual(told.get('frames-rare')?.afterMs ?? 0);
        },
      ),
    );
  });

  it('two of which the detector passes by at once now and then stop no car', () => {
    const hiccups = fc.array(fc.shuffledSubarray([1, 1, 1, 1, 1, 1, 1, 3], { minLength: 8 }), { maxLength: 20 });
    fc.assert(
      fc.property(hiccups, (eights) => {
        const steps = eights.flatMap((eight) => [...eight, ...often(1, 12)]);
        expect([...toldOf(steps).keys()]).not.toContain('frames-rare');
      }),
    );
  });

  it('that come too seldom to drive by stop the car within a second, whoever loses them', () => {
    fc.assert(
      fc.property(fc.constantFrom(3, 3.2, 3.5), fc.integer({ min: 0, max: 3 }), (step, quick) => {
        const told = toldOf([...often(1, quick), ...often(step, 20)]).get('frames-rare');
        expect((told?.afterMs ?? Number.POSITIVE_INFINITY) - 50 * quick).toBeLessThanOrEqual(1000);
      }),
    );
  });

  it('that the camera itself loses are not held against the detector', () => {
    const watch = new DetectionWatch(safety);
    const told = new Set<string>();
    let atMs = 0;
    for (let frameId = 0; frameId < 120; frameId++) {
      atMs += frameId > 40 && frameId % 2 === 0 ? 100 : 50;
      if (frameId === 40) watch.begin();
      watch.accept({ ...frame(atMs, atMs + 10), frameId });
      for (const kind of kinds(watch.events(atMs + 10))) told.add(kind);
    }
    expect([...told]).toContain('detections-delayed');
    expect([...told]).not.toContain('frames-rare');
  });

  it('at 8 a second are too rare, within a second; one hiccup is not', () => {
    const { watch, told } = watched([...often(33), ...often(125, 5)], 20);
    expect([...told]).toContain('frames-rare');
    expect(watch.rareGapMs()).toBe(125);
    const hiccup = watched([...often(33), 600, 400, ...often(33)], 20);
    expect([...hiccup.told]).not.toContain('frames-rare');
  });

  it('out of order, from the future or without a time are dropped', () => {
    const watch = new DetectionWatch(safety);
    watch.accept(frame(1000));
    for (const bad of [frame(900), frame(1000), frame(Number.NaN), frame(2000, 1500)]) watch.accept(bad);
    expect(watch.take()?.capturedAtMs).toBe(1000);
    expect(watch.take()).toBeUndefined();
  });
});
