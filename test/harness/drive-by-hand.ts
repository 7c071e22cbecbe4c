import { TestPhone } from '../../daemon/remote/testing/phone.ts';
import type { RunningCar } from './running-car.ts';

/** As the page sends the stick. */
const stickPeriodMs = 33;
const askAgainMs = 500;
const throttle = 0.5;

/** A phone with a thumb on its stick. */
export interface Hand {
  readonly phone: TestPhone;
  letGo(): void;
}

/**
 * Drives a car by hand, which needs no pictures, until its trace fits; the thumb stays where it is. A busy machine may refuse the
 * arming, or lose the driver: a person then lets go of the stick and arms again.
 */
export async function driveByHand(
  running: RunningCar,
  what: string,
  fits: (trace: ReturnType<RunningCar['trace']>) => boolean,
): Promise<Hand> {
  const phone = await TestPhone.connect(Number(new URL(running.url).port));
  let isManual = false;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  const thumb = setInterval(() => phone.drive({ throttle: isManual ? throttle : 0 }), stickPeriodMs);
  const letGo = () => clearInterval(thumb);
  try {
    await running.until(what, ({ mode }) => {
      isManual = mode === 'manual';
      if (!isManual && performance.now() - askedAtMs > askAgainMs) {
        askedAtMs = performance.now();
        phone.send({ kind: 'arm', mode: 'manual' });
      }
      return isManual && fits(running.trace());
    });
  } catch (error) {
    letGo();
    throw error;
  }
  return { phone, letGo };
}
