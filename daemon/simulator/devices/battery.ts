/** Two lithium-ion cells of 18650 size in series. */
const capacityAs = 2.6 * 3600;
const internalOhm = 0.09;
/** What the computer, the camera and the servo take, all the time. */
const idleW = 6.5;
const motorEfficiency = 0.6;

/** Open-circuit voltage of the pair over its charge, from empty to full (typical NMC cells). */
const openCircuitV = [6.0, 6.9, 7.2, 7.34, 7.45, 7.55, 7.68, 7.84, 8.0, 8.18, 8.4] as const;

export interface BatteryState {
  /** 1 is full. */
  readonly charge: number;
  readonly voltageV: number;
  /** Out of the battery. */
  readonly currentA: number;
}

/** A battery that the idle car draws from; `charge` in [0, 1], 1 is full. */
export function batteryAt(charge: number): BatteryState {
  return drain({ charge, voltageV: voltageAt(charge), currentA: 0 }, 0, 0);
}

/** A stretch of time at one motor power: the voltage sags with the current, the charge goes down. */
export function drain(battery: BatteryState, motorW: number, seconds: number): BatteryState {
  const open = voltageAt(battery.charge);
  const powerW = idleW + motorW / motorEfficiency;
  // Power P behind an inner resistance R: V = (open + sqrt(open^2 - 4 R P)) / 2, as far as it goes.
  const voltageV = (open + Math.sqrt(Math.max(0, open * open - 4 * internalOhm * powerW))) / 2;
  const currentA = (open - voltageV) / internalOhm;
  return { charge: Math.max(0, battery.charge - (currentA * seconds) / capacityAs), voltageV, currentA };
}

function voltageAt(charge: number): number {
  const at = Math.min(1, Math.max(0, charge)) * (openCircuitV.length - 1);
  const index = Math.min(openCircuitV.length - 2, Math.floor(at));
  const [low, high] = [openCircuitV[index]!, openCircuitV[index + 1]!];
  return low + (high - low) * (at - index);
}
