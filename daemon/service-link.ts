import type { Logger } from './platform/log.ts';
import type { Health } from './protocol/telemetry.ts';
import { ServiceManager, serviceEnvironment } from './service/service-manager.ts';
import { statusText } from './service/status-text.ts';

/** Without a watchdog only the status is kept fresh. */
const statusPeriodMs = 1000;
/** Fed several times within its limit: one late beat ends nothing. */
const beatsInLimit = 5;

/** What is to be known of a car, to speak for it. */
interface SpeakingCar {
  health(): Health;
  /** Whether the car got on with its work since this was asked last. */
  hasProgressed(): boolean;
}

/** The way to systemd, where that started the car. */
export interface ServiceLink {
  /** From now on it is told that the car is ready, how it fares, and, while it gets on with its work, that it lives. */
  speakFor(car: SpeakingCar): { stopping(): void };
}

/**
 * Opened before the car starts: one that systemd cannot be told of would be ended by it as one that hangs. Undefined where
 * systemd did not start it. The native call is loaded only here.
 * @throws (rejects) UserError where systemd cannot be told anything.
 */
export async function openServiceLink(log: Logger): Promise<ServiceLink | undefined> {
  const environment = serviceEnvironment(process.env, process.pid);
  if (environment === undefined) return undefined;
  const { openNotifySocket } = await import('./service/notify-socket.ts');
  const manager = new ServiceManager(openNotifySocket(environment.notifySocket), log);
  return { speakFor: (car) => speakFor(car, manager, environment.watchdogMs) };
}

function speakFor(car: SpeakingCar, manager: ServiceManager, watchdogMs: number | undefined): { stopping(): void } {
  manager.ready(statusText(car.health()));
  const beat = setInterval(
    () => {
      if (car.hasProgressed() && watchdogMs !== undefined) manager.alive();
      manager.status(statusText(car.health()));
    },
    watchdogMs === undefined ? statusPeriodMs : watchdogMs / beatsInLimit,
  );
  return {
    stopping() {
      clearInterval(beat);
      manager.stopping();
    },
  };
}
