import type { Logger } from '../platform/log.ts';
import type { SendMessage } from './notify-socket.ts';

/** What systemd knows about us (sd_notify(3), sd_watchdog_enabled(3)). */
export interface ServiceEnvironment {
  readonly notifySocket: string;
  /** It ends the service when it hears nothing for so long; undefined when it does not watch. */
  readonly watchdogMs: number | undefined;
}

/**
 * Undefined when the program was not started by systemd as a service that notifies. A watchdog that was meant for another
 * process (WATCHDOG_PID) is none for this one.
 */
export function serviceEnvironment(environment: NodeJS.ProcessEnv, pid: number): ServiceEnvironment | undefined {
  const notifySocket = environment['NOTIFY_SOCKET'];
  if (notifySocket === undefined || notifySocket === '') return undefined;
  const watchdogUs = Number(environment['WATCHDOG_USEC']);
  const watchdogPid = environment['WATCHDOG_PID'];
  const isOurs = watchdogPid === undefined || Number(watchdogPid) === pid;
  return {
    notifySocket,
    watchdogMs: isOurs && Number.isFinite(watchdogUs) && watchdogUs > 0 ? watchdogUs / 1000 : undefined,
  };
}

/** Tells systemd how the car fares. A message that it does not take is logged once; the car drives on. */
export class ServiceManager {
  readonly #send: SendMessage;
  readonly #log: Logger;
  #toldStatus: string | undefined;
  #hasFailed = false;

  constructor(send: SendMessage, log: Logger) {
    this.#send = send;
    this.#log = log;
  }

  ready(status: string): void {
    this.#toldStatus = status;
    this.#tell(`READY=1\nSTATUS=${status}`);
  }

  /** The line of `systemctl status`; told when it changed. */
  status(status: string): void {
    if (status === this.#toldStatus) return;
    this.#toldStatus = status;
    this.#tell(`STATUS=${status}`);
  }

  /** Only ever called with a proof that the car gets on with its work. */
  alive(): void {
    this.#tell('WATCHDOG=1');
  }

  stopping(): void {
    this.#tell('STOPPING=1\nSTATUS=Stopping');
  }

  #tell(text: string): void {
    try {
      this.#send(text);
    } catch (error) {
      if (!this.#hasFailed) this.#log.warn({ err: error }, 'the service manager cannot be told');
      this.#hasFailed = true;
    }
  }
}
