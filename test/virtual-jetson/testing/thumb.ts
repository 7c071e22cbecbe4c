import { TestPhone } from '../../../daemon/remote/testing/phone.ts';
import { health, remotePort, until } from './service.ts';

/** As the page sends the stick. */
const driverPeriodMs = 33;
/** A person whom the car refuses presses again. */
const askAgainMs = 1000;

/** A thumb on the stick of a phone, until it is taken off. */
export interface Thumb {
  takeOff(): void;
}

/** Arms the car; by hand it pushes the stick to half throttle, and in auto leaves it where it is. */
export async function driveAs(token: string, mode: 'manual' | 'auto'): Promise<Thumb> {
  const phone = await TestPhone.connect(remotePort, { token });
  // The car may be gone at any moment: that is what is tested.
  phone.socket.on('error', () => {});
  const { sessionId: session } = await phone.welcome();
  let throttle = 0;
  const push = () => {
    if (phone.socket.readyState === phone.socket.OPEN) phone.drive({ session, throttle });
  };
  push();
  const thumb = setInterval(push, driverPeriodMs);
  let askedAtMs = Number.NEGATIVE_INFINITY;
  try {
    await until('the car to be armed', async () => {
      if ((await health())?.mode === mode) return true;
      if (performance.now() - askedAtMs > askAgainMs) {
        askedAtMs = performance.now();
        phone.send({ kind: 'arm', mode });
      }
      return undefined;
    });
  } catch (error) {
    clearInterval(thumb);
    phone.socket.terminate();
    const refusals = phone.messages.all.filter(({ kind }) => kind === 'arming-refused' || kind === 'refused');
    throw new Error(`the car was not armed: ${JSON.stringify(refusals.at(-1))}`, { cause: error });
  }
  throttle = mode === 'manual' ? 0.5 : 0;
  return {
    takeOff() {
      clearInterval(thumb);
      phone.socket.terminate();
    },
  };
}
