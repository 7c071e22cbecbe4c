import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameRing, type FrameSlot } from './frame-ring.ts';

describe('the frame ring', () => {
  it('never hands out a buffer for writing that is newest or being read, and finds one while two read', () => {
    const step = fc.constantFrom('claim', 'publish', 'read', 'release');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const ring = new FrameRing(4, 3);
        const reading: FrameSlot[] = [];
        let claimed: FrameSlot | undefined;
        for (const each of steps) {
          if (each === 'claim') {
            claimed = ring.claim();
            expect(claimed !== undefined || reading.length > 2).toBe(true);
            expect(claimed !== undefined && (claimed === ring.newest || reading.includes(claimed))).toBe(false);
          }
          if (each === 'publish' && claimed !== undefined) {
            ring.publish();
            expect(ring.newest).toBe(claimed);
            claimed = undefined;
          }
          if (each === 'read' && ring.newest !== undefined) {
            ring.newest.readers++;
            reading.push(ring.newest);
          }
          const released = each === 'release' ? reading.shift() : undefined;
          if (released !== undefined) released.readers--;
        }
      }),
    );
  });

  it('publishes only what was claimed', () => {
    expect(() => new FrameRing(4, 3).publish()).toThrow(/no frame/);
  });
});
