import { type Feel, shapeDemand } from '../driving/stick-feel.ts';
import { texts } from '../texts/language.ts';

const points = 60;

/** What a stick at each place asks for: steering and throttle as two curves. */
export function FeelCurve({ settings }: { settings: Feel }) {
  const at = (i: number) => -1 + (2 * i) / points;
  const curve = (value: (stick: number) => number): string =>
    Array.from({ length: points + 1 }, (_, i) => `${at(i) * 100},${-value(at(i)) * 60}`).join(' ');
  return (
    <figure class="feel">
      <svg viewBox="-104 -64 208 128" role="img" aria-label={texts.value.thisPhone.curve} preserveAspectRatio="none">
        <path class="feel-axes" d="M-100 0 H100 M0 -60 V60" />
        <polyline class="feel-steering" points={curve((right) => -shapeDemand({ right, up: 1 }, settings).steering)} />
        <polyline class="feel-throttle" points={curve((up) => shapeDemand({ right: 0, up }, settings).throttle)} />
      </svg>
      <figcaption>
        <span class="feel-steering-name">{texts.value.steering}</span>
        <span class="feel-throttle-name">{texts.value.throttle}</span>
      </figcaption>
    </figure>
  );
}
