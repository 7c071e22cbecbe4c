/** A line whose rising edges can be listened to, and not. */
export interface RisingLine {
  watch(onRise: (error: Error | null | undefined) => void): void;
  unwatch(): void;
}

/** How long the edges of a line are counted before the count begins anew. */
const windowMs = 100;

/**
 * Every edge costs a turn of the event loop, and a floating wire makes hundreds of thousands: once a window has had its share,
 * the line is not watched until the next one.
 */
export function countRises(
  line: RisingLine,
  maxPerS: number,
  onRise: (rise: 'counted' | 'too-many') => void,
): { stop(): void } {
  const most = Math.max(1, Math.round((maxPerS * windowMs) / 1000));
  let left = most;
  const onEdge = (error: Error | null | undefined) => {
    if (error !== null && error !== undefined) return;
    left -= 1;
    onRise(left < 0 ? 'too-many' : 'counted');
    if (left < 0) line.unwatch();
  };
  line.watch(onEdge);
  const renew = setInterval(() => {
    if (left < 0) line.watch(onEdge);
    left = most;
  }, windowMs);
  renew.unref();
  return {
    stop() {
      clearInterval(renew);
      line.unwatch();
    },
  };
}
