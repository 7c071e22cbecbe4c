/**
 * Every stream's rate and staleness limit, in one place. Other folders read these; none restates them.
 * At 3 m/s, 100 ms is 0.3 m: that is where the bounds come from.
 */
export const rates = {
  /** The planning loop: sample, decide, arbitrate, limit, send. */
  controlPeriodMs: 20,
  /**
   * How long the actuation process obeys one command; after that the wheels go neutral. Longer than a garbage collection of
   * 150 ms and the control period before it, and short enough for neutral within 250 ms.
   */
  commandLifetimeMs: 180,
  /** How often the actuation process checks expiry and slew by itself, commands or none. */
  actuationPeriodMs: 10,
  /** How often the actuation process reports its state. */
  actuationStatusPeriodMs: 100,
  /** No word of the actuation process for this long: it hangs with its last pulse running, and is ended. */
  actuationSilentMs: 300,
  /** No word of the perception process for this long: it hangs as a whole, and is ended and started anew. */
  perceptionSilentMs: 1500,
  /** No fresh input of the driver for this long: neutral, until `driverRecoveryCommands` fresh ones came. */
  driverNeutralAfterMs: 250,
  driverRecoveryCommands: 3,
  /** No fresh input of the driver for this long: disarmed until armed again with the stick centred. */
  driverDisarmAfterMs: 1000,
  /** Detections older than this do not drive. */
  detectionNeutralAfterMs: 250,
  /** In `auto`, no newer detections for this long: a controlled stop. */
  detectionStopAfterMs: 1000,
  /** In `auto`, what the pilot drives by is older than this before the next frame comes: it drives slower. */
  detectionDelayedAfterMs: 150,
  /** In `auto`, frames lie farther apart than this for a while: too few to drive by. */
  rarestFrameGapMs: 120,
  /** Armed, and for this long nobody has driven: disarmed. */
  idleDisarmAfterMs: 30_000,
  /** The motor pulls and nothing moves for this long, by what the camera shows: disarmed. */
  stuckAfterMs: 2000,
  /** The motor is off and the car moves on for this long, by what the camera shows: alarm. */
  rollingAfterMs: 3000,
  /** In `auto`, no connected phone for this long: a controlled stop. */
  autoLostRemoteStopAfterMs: 1000,
  /** The page sends the stick this often while driving. */
  driverCommandPeriodMs: 33,
  telemetryPeriodMs: 100,
  /** A page that comes gets the time before it at this pace, for its plots; and no more of it than this. */
  historyPeriodMs: 250,
  historySpanMs: 60_000,
  /** A page that has nothing to say says so this often. */
  pagePingPeriodMs: 500,
  /**
   * No word on a control connection for this long, and it is none: the phone's pong, its page (which pongs do not speak for), and on the
   * other side the car's telemetry.
   */
  controlSilentMs: 1000,
  /** No new picture from the camera for this long is a stall. */
  cameraStallMs: 300,
} as const;
