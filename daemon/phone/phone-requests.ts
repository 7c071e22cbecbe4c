import type { AutoArming } from '../auto-arming.ts';
import type { SimulatedCar } from '../children/simulated-car.ts';
import type { DriveLoop } from '../planning/drive-loop.ts';
import { monotonicNowMs } from '../platform/clock.ts';
import type { Mode } from '../protocol/modes.ts';
import type { Remote, RemoteRequest } from '../remote/remote-port.ts';

/** Whom a phone's request concerns. */
export interface Obeying {
  readonly loop: DriveLoop;
  readonly remote: Remote;
  readonly autoArming: AutoArming;
  readonly simulated: SimulatedCar | undefined;
  /** Of the newest step; undefined before the first. */
  readonly mode: Mode | undefined;
  /** Has the loop act at once on what it was asked. */
  step(): void;
}

/** Does what a phone asked for, or tells it why not. */
export function obeyPhone(request: RemoteRequest, car: Obeying): void {
  if (request.kind !== 'driver-changed' && request.kind !== 'driver-gone') car.autoArming.personTookCharge();
  if (request.kind === 'reset-simulated-car') {
    resetSimulatedCar(request, car);
    return;
  }
  const { loop, remote } = car;
  const answer = loop.request(request.kind === 'arm' ? { ...request, armedBy: 'remote' } : request, monotonicNowMs());
  if (!answer.accepted && request.kind === 'arm') remote.refuseArming(request.sessionId, answer.obstacles);
  else if (!answer.accepted) remote.refuseFor(request.sessionId, request.kind, answer.obstacles);
  car.step();
}

function resetSimulatedCar({ sessionId, kind }: RemoteRequest, { remote, simulated, mode }: Obeying): void {
  if (simulated === undefined) remote.refuse(sessionId, kind, 'real-car');
  else if (mode !== 'disarmed') remote.refuse(sessionId, kind, 'armed');
  else simulated.reset();
}
