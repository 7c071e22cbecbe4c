import type { CarConfig } from '../car/config.ts';
import type { ActuationReport, GateCommand } from '../protocol/actuation-messages.ts';
import type { FrameDetections } from '../protocol/detection.ts';
import type { DriverCommand, Stick } from '../protocol/driver-command.ts';
import type { CarEvent } from '../protocol/events.ts';
import type { ArmingObstacle, Mode } from '../protocol/modes.ts';
import type { Plan } from '../protocol/telemetry.ts';
import type { ArmedBy, DrivingMode } from './mode-types.ts';
import type { DriveValues } from './pilots/pilot.ts';
import type { Readings } from './readings-watch.ts';
import type { CameraReport, DetectorReport, ProcessName } from './system-watch.ts';

export type DriveRequest =
  /** `stick`: where it stood when this was asked for, where that is known better than by commands fresh enough to drive. */
  | { readonly kind: 'arm'; readonly mode: DrivingMode; readonly armedBy: ArmedBy; readonly stick?: Stick }
  | { readonly kind: 'set-mode'; readonly mode: DrivingMode }
  | { readonly kind: 'disarm' }
  | { readonly kind: 'stop'; readonly by?: string }
  | { readonly kind: 'release-stop' }
  | { readonly kind: 'driver-changed' }
  /** `silentSinceMs`: its last sign of life, where that was earlier than now. */
  | { readonly kind: 'driver-gone'; readonly silentSinceMs?: number }
  | { readonly kind: 'shutdown' };

export type RequestAnswer =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly obstacles: readonly ArmingObstacle[] };

/** What telemetry tells of one step. */
export interface DriveSnapshot {
  readonly mode: Mode;
  /** What the driver or the pilot wanted, and what was sent to the wheels. */
  readonly asked: DriveValues;
  readonly given: DriveValues;
  readonly neutralReason: string | undefined;
  /** Why the pilot drives slower than it would. */
  readonly slowReason: string | undefined;
  /** Why the car stopped driving, until it drives again. */
  readonly lastStop: CarEvent | undefined;
  readonly plan: Plan;
  /** Estimated. */
  readonly speedMps: number;
  readonly detectionAgeMs: number | undefined;
  /** Capture of the frame that drives, to the first command it led to; undefined while none does. */
  readonly frameToCommandMs: number | undefined;
  /** In the way of arming for manual driving, and for the pilot; empty while armed. */
  readonly obstacles: readonly ArmingObstacle[];
  readonly autoObstacles: readonly ArmingObstacle[];
}

export interface DriveStep {
  /** For the actuation process, in order. */
  readonly commands: GateCommand[];
  readonly events: CarEvent[];
  readonly snapshot: DriveSnapshot;
}

export interface DriveLoop {
  readonly pilotName: string;
  acceptDetections(frame: FrameDetections): void;
  acceptDriverCommand(command: DriverCommand): void;
  acceptActuation(report: ActuationReport): void;
  acceptCameraState(report: CameraReport): void;
  acceptDetectorState(report: DetectorReport): void;
  /** News that still hold, for a phone that was not there when `step` gave them. */
  standingEvents(nowMs: number): readonly CarEvent[];
  acceptReadings(readings: Readings): void;
  setConnectedClients(count: number): void;
  setProcessAlive(process: ProcessName, alive: boolean): void;
  /** It was ended on purpose: until it reports anew, the car cannot be armed, and nobody is alarmed. */
  expectAnew(process: ProcessName): void;
  /** Plans with another configuration from now on. For a disarmed car: the pilot forgets what it saw. */
  reconfigure(config: CarConfig): void;
  /** Takes effect with the next step. A refusal names everything that stands in the way. */
  request(request: DriveRequest, nowMs: number): RequestAnswer;
  /** Once every control period. */
  step(nowMs: number): DriveStep;
}
