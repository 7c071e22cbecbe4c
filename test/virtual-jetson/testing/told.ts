import type { Telemetry } from '../../../daemon/protocol/telemetry.ts';
import { connectPhone, takeThumbOff } from './driven-car.ts';
import { health, until } from './service.ts';

/** What the car tells its pages, until it tells what is waited for. */
export async function untilTold<T>(what: string, look: (telemetry: Telemetry) => T | undefined): Promise<T> {
  const phone = await connectPhone();
  try {
    return await until(what, () => {
      const newest = phone.messages.all.findLast((message) => message.kind === 'telemetry');
      return newest === undefined ? undefined : look(newest);
    });
  } finally {
    phone.socket.terminate();
  }
}

export const obstacle = (code: string, isThere: boolean) =>
  untilTold(`${code} ${isThere ? 'to be' : 'not to be'} in the way`, ({ obstacles }) =>
    obstacles.some((each) => each.code === code) === isThere ? true : undefined,
  );

export const untilMode = (mode: 'estop' | 'disarmed') =>
  until(`the car to be ${mode}`, async () => ((await health())?.mode === mode ? true : undefined));

/** On a page, as a person does who has found out why the car was stopped. It is the driver's to do. */
export async function releaseStop(): Promise<void> {
  takeThumbOff();
  const phone = await connectPhone();
  try {
    await phone.welcome();
    await until('the stop to be released', async () => {
      phone.send({ kind: 'ask-to-drive' });
      phone.send({ kind: 'release-stop' });
      return (await health())?.mode === 'disarmed' ? true : undefined;
    });
  } finally {
    phone.socket.terminate();
  }
}
