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

/**
 * Where systemd started the car: tells it that the car is ready, how it fares, and, while it gets on with its work, that it
 * lives. Undefined elsewhere. The native call is loaded only here.
 */
export async function keepServiceManagerInformed(
  car: SpeakingCar,
  log: Logger,
): Promise<{ stopping(): void } | undefined> {
  const environment = serviceEnvironment(process.env, process.pid);
  if (environment === undefined) return undefined;
  const { openNotifySocket } = await import('./service/notify-socket.ts');
  const manager = new ServiceManager(openNotifySocket(environment.notifySocket), log);
  manager.ready(statusText(car.health()));
  const { watchdogMs } = environment;
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
