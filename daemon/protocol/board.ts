import { z } from 'zod';

const share = z.number().min(0).max(1);
const megabytes = z.number().nonnegative();
const milliwatts = z.number().nonnegative();

/** How near a reading is to trouble. `critical`: the car should stop, and is not armed. */
const readingLevelSchema = z.enum(['normal', 'warning', 'critical']);
export type ReadingLevel = z.infer<typeof readingLevelSchema>;

/** What makes the computer slower than it was bought for, or is about to. */
export const boardHintCodes = [
  /** A processor runs below the clock that it could have. */
  'clock-capped',
  /** A sensor is near the temperature at which the kernel slows the processors down. */
  'hot',
  /** The supply's voltage dips: the board resets next, first of all when the camera starts. */
  'undervoltage',
  /** The power mode takes processors away (5 W on a Jetson Nano). */
  'low-power-mode',
  'memory-low',
  'disk-low',
] as const;
const boardHintSchema = z.object({
  code: z.enum(boardHintCodes),
  /** For people: what was read. */
  text: z.string(),
  /** What helps, in one line. */
  cure: z.string(),
});
export type BoardHint = z.infer<typeof boardHintSchema>;

/**
 * The computer in the car. Every field is absent where this machine does not say: a laptop knows no power rails, a
 * virtual machine no temperature.
 */
export const boardReadingsSchema = z.object({
  /** Over all processors that are switched on. */
  cpuLoad: share.optional(),
  cpuCores: z.object({ online: z.int().nonnegative(), present: z.int().nonnegative() }).optional(),
  /** The fastest processor that is switched on: now, and at most. */
  cpuClockMhz: z.object({ current: z.number().nonnegative(), maximum: z.number().nonnegative() }).optional(),
  gpuLoad: share.optional(),
  gpuClockMhz: z.number().nonnegative().optional(),
  temperatures: z.array(z.object({ name: z.string(), celsius: z.number() })).optional(),
  /** Of the hottest sensor, against its own limits. */
  temperatureLevel: readingLevelSchema.optional(),
  memoryUsedMb: megabytes.optional(),
  memoryTotalMb: megabytes.optional(),
  diskFreeMb: megabytes.optional(),
  diskTotalMb: megabytes.optional(),
  /** Of the board's supply, of its graphics processor, of its processors. */
  powerMw: z
    .object({ total: milliwatts.optional(), gpu: milliwatts.optional(), cpu: milliwatts.optional() })
    .optional(),
  supplyV: z.number().nonnegative().optional(),
  /** As nvpmodel names it: `MAXN` (10 W), `5W`. */
  powerMode: z.string().optional(),
  wifi: z
    .object({
      interface: z.string(),
      signalDbm: z.number().optional(),
      qualityShare: share.optional(),
      ssid: z.string().optional(),
    })
    .optional(),
  uptimeS: z.number().nonnegative().optional(),
  /** Empty when nothing is wrong. */
  hints: z.array(boardHintSchema).optional(),
});
export type BoardReadings = z.infer<typeof boardReadingsSchema>;

/** The car's battery, by the INA219 on the motor board's bus. */
export const batteryReadingSchema = z.object({
  volts: z.number().nonnegative(),
  /** Out of the battery; negative while it is charged. */
  amps: z.number().optional(),
  /** 1 is full. By voltage: a rough guess, and lower while the motor pulls. */
  share: share.optional(),
  /** At the draw of the last minute. */
  minutesLeft: z.number().nonnegative().optional(),
  /** Held over a time: a sag while the car speeds up does not change it. */
  level: readingLevelSchema,
});
export type BatteryReading = z.infer<typeof batteryReadingSchema>;
