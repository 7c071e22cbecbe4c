import type { ActuationStatus } from '../protocol/actuation-messages.ts';
import { isStickCentred, type Stick } from '../protocol/driver-command.ts';
import type { ArmingObstacle } from '../protocol/modes.ts';
import type { Trouble } from '../protocol/troubles.ts';
import { knowsCones } from './ground.ts';
import type { DrivingMode } from './modes.ts';

/** Of the motor board: in words, and by its code where it has one. */
export interface Fault {
  readonly text: string;
  readonly trouble?: Trouble | undefined;
}

/** Everything that arming looks at, sampled at one moment. */
export interface ArmingChecks {
  readonly actuationAlive: boolean;
  readonly actuationFault: Fault | undefined;
  readonly actuationStatus: ActuationStatus | undefined;
  readonly camera: { readonly state: string; readonly text: string | undefined; readonly cure: string | undefined };
  readonly detector: {
    readonly state: string;
    readonly text: string | undefined;
    readonly trouble?: Trouble | undefined;
    /** Of what it finds, as far as they are known. */
    readonly labels: readonly string[] | undefined;
  };
  readonly perceptionAlive: boolean;
  /** Undefined before the first frame. */
  readonly detectionAgeMs: number | undefined;
  /** What is too old to drive by. */
  readonly detectionNeutralAfterMs: number;
  /** Undefined while frames come often enough. */
  readonly rareGapMs: number | undefined;
  /** Why the picture cannot be right. */
  readonly viewDoubt: string | undefined;
  readonly trackInSight: boolean;
  /** Undefined while no driver's command is fresh. */
  readonly stick: Stick | undefined;
  readonly shuttingDown: boolean;
  /** What temperature, battery, memory and disk put in the way. */
  readonly readings: readonly ArmingObstacle[];
}

/** Every check that fails for the mode asked for, each with what cures it; empty when the car can be armed. */
export function armingObstacles(mode: DrivingMode, checks: ArmingChecks): ArmingObstacle[] {
  const obstacles: ArmingObstacle[] = [...checks.readings];
  const add = (code: string, text: string, cure: string, trouble?: Trouble): void => {
    obstacles.push({ code, text, cure, ...(trouble !== undefined && { trouble }) });
  };
  if (checks.shuttingDown) add('shutting-down', 'The daemon is shutting down', 'Start it again');
  if (!checks.actuationAlive) add('actuation-not-running', 'Motor control does not run', 'It restarts; see the log');
  else if (checks.actuationFault !== undefined) {
    const { text, trouble } = checks.actuationFault;
    add('actuation-fault', `Motor board: ${text}`, 'Check power and cable', trouble);
  } else if (checks.actuationStatus === undefined) {
    add('actuation-silent', 'Motor control has not reported yet', 'Wait a moment');
  } else if (!checks.actuationStatus.boardReady) {
    add('actuation-starting', 'The motor board is being started', 'Wait a moment');
  } else if (checks.actuationStatus.stopLatched) {
    add('actuation-stop-latched', 'Motor control holds a stop', 'Release the stop');
  }
  const button = checks.actuationAlive ? checks.actuationStatus?.stopButton : undefined;
  if (button === 'pressed') add('stop-button-pressed', 'The stop button on the car is pressed', 'Release it');
  if (button === 'unreadable') {
    add('stop-button-unreadable', 'The stop button on the car cannot be read', 'Check its wire and the log');
  }
  if (checks.stick !== undefined && !isStickCentred(checks.stick)) {
    add('stick-not-centred', 'The stick is not centred', 'Let go of the stick');
  }
  if (mode === 'manual') return obstacles;
  if (!checks.perceptionAlive) add('perception-not-running', 'The camera process does not run', 'See the log');
  if (checks.camera.state !== 'streaming') {
    const { state, text, cure } = checks.camera;
    add('camera-not-streaming', text ?? `The camera is ${state}`, cure ?? 'Check the camera');
  }
  if (checks.detector.state !== 'ready') {
    const { state, text, trouble } = checks.detector;
    const told = text ?? `The detector is ${state}`;
    if (state === 'refused') add('detector-refused', told, 'Check --model', trouble);
    else add('detector-not-ready', told, 'Wait', trouble);
  }
  const { labels } = checks.detector;
  const isBlindToTrack = labels !== undefined && !knowsCones(labels);
  if (isBlindToTrack) add('network-without-cones', 'This network knows no cones', 'Choose another, or drive by hand');
  if (checks.detectionAgeMs === undefined) add('no-detections', 'The detector has not seen a frame yet', 'Wait');
  else if (checks.detectionAgeMs > checks.detectionNeutralAfterMs) {
    add('detections-old', `The detector's view is ${Math.round(checks.detectionAgeMs)} ms old`, 'Check the camera');
  } else if (checks.viewDoubt !== undefined) {
    add('view-wrong', checks.viewDoubt, 'Check the camera, its settings, the steering, and which way the car faces');
  } else if (!checks.trackInSight && !isBlindToTrack) {
    add('no-track', 'No track in sight', 'Put the car on the track, facing along it');
  }
  if (checks.rareGapMs !== undefined) {
    const perSecond = Math.round(1000 / checks.rareGapMs);
    add(
      'frames-rare',
      `Only ${perSecond} pictures a second to drive by`,
      'More light, a smaller network, or end other programs',
    );
  }
  return obstacles;
}
