import { join } from 'node:path';
import { loadBusDriver } from '../actuation/bus/open-bus.ts';
import { neutralise } from '../actuation/neutralise.ts';
import { wheelsFile } from '../actuation/neutraliser/wheels-file.ts';
import { sysfsLevelFile } from '../actuation/pins/linux-pins.ts';
import { sysfsDutyFile } from '../actuation/pins/sysfs-pwm.ts';
import type { BlackBoxRecording } from '../black-box-recording.ts';
import type { DriveLoop } from '../planning/drive-loop.ts';
import { writeFileAtomically } from '../platform/atomic-file.ts';
import { monotonicNowMs } from '../platform/clock.ts';
import { makeFolders } from '../platform/file-trouble.ts';
import type { Logger } from '../platform/log.ts';
import { reasonOf } from '../platform/reason-of.ts';
import { stateFolder } from '../platform/state-folder.ts';
import type { ActuationCommand, ActuationReport } from '../protocol/actuation-messages.ts';
import type { ActuatorConfig } from '../protocol/actuator-config.ts';
import { keepRunning } from './keep-running.ts';
import { type ActuationProcess, type ProcessLog, spawnActuation } from './processes.ts';

/** Longer than motor control tries by itself to bring a board that does not answer to neutral. */
const graceMs = 3200;
/** One that fails so often within a minute stays down. */
const failuresToGiveUp = 5;

/** Motor control, kept running. */
export interface KeptActuation {
  /** Undefined while it is down. */
  readonly pid: number | undefined;
  /** While it is down, nobody hears it. */
  send(command: ActuationCommand): void;
  /** Ends it in order and starts it with the actuators as they are by then. */
  restart(): void;
  /** Ends it for good. Closing its pipe makes the wheels neutral; if it hangs, the silence is still noticed. */
  end(): Promise<void>;
}

/** Starts motor control, starts it again when it fails, and makes the wheels neutral whenever it is down. */
export function keepActuation(options: {
  readonly output: ProcessLog;
  readonly loop: DriveLoop;
  readonly recording: BlackBoxRecording;
  /** As they are now. */
  readonly actuators: () => ActuatorConfig;
  onReport(report: ActuationReport): void;
  /** It failed again and again, and stays down. */
  onGivenUp(): void;
  /** Stand-ins in tests. */
  readonly spawnMotorControl?: typeof spawnActuation;
  readonly neutraliseWheels?: (actuators: ActuatorConfig, warn: (text: string) => void) => Promise<void>;
}): KeptActuation {
  const { output, loop, recording, spawnMotorControl = spawnActuation, neutraliseWheels = neutralise } = options;
  const { log } = output;
  let running: ActuationProcess | undefined;
  /** Those that the newest process was started with: what it drove, whatever the settings say by now. */
  let driven = options.actuators();
  const kept = keepRunning({
    name: 'actuation',
    log,
    nowMs: monotonicNowMs,
    start() {
      driven = options.actuators();
      const started = spawnMotorControl(output, (report) => {
        // The last words of one that is gone say nothing of the one to come.
        if (kept.child !== started.child) return;
        recording.heardActuation(report, monotonicNowMs());
        loop.acceptActuation(report);
        options.onReport(report);
      });
      leaveWheelsFile(driven, log);
      // What cannot be loaded is told when it is needed, by who needs it.
      void loadBusDriver(driven.bus).catch(() => {});
      started.send({ kind: 'start', config: driven });
      running = started;
      return started.child;
    },
    async onDown() {
      running = undefined;
      loop.setProcessAlive('actuation', false);
      // Its last pulse goes on for ever unless somebody ends it.
      const warn = (why: string) => log.warn({ why }, 'the wheels are neutral');
      await neutraliseWheels(driven, warn).catch((error: unknown) =>
        log.error({ why: reasonOf(error) }, 'the wheels could not be neutralised'),
      );
    },
    onRestart() {
      running = undefined;
      loop.expectAnew('actuation');
    },
    giveUp: { afterFailures: failuresToGiveUp, onGivenUp: options.onGivenUp },
  });
  return {
    get pid() {
      return kept.child?.pid;
    },
    send: (command) => running?.send(command),
    restart: () => kept.restart(graceMs),
    async end() {
      const ended = kept.end(graceMs);
      running = undefined;
      await ended;
    },
  };
}

/** What the neutraliser needs, for when this process is gone. Without it the car drives all the same. */
function leaveWheelsFile(actuators: ActuatorConfig, log: Logger): void {
  const text = wheelsFile(actuators, {
    duty: (pin) => sysfsDutyFile('/sys', pin),
    level: (pin) => sysfsLevelFile('/sys', pin),
  });
  if (text === undefined) return;
  try {
    makeFolders(stateFolder(), 0o700);
    writeFileAtomically(join(stateFolder(), 'wheels'), text);
  } catch (error) {
    log.error({ why: reasonOf(error) }, 'the neutraliser is not told of the wheels');
  }
}
