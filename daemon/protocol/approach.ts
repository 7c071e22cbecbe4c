/** `value`, moved towards `target` by `atMost` (not negative), and never past it. */
export function approach(value: number, target: number, atMost: number): number {
  return value + Math.max(-atMost, Math.min(atMost, target - value));
}
