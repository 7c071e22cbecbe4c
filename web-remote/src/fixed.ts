/** A number with so many digits after the point; what rounds to nothing has no sign: a car at rest is not at -0.00 m/s. */
export function fixed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace('-', '') : text;
}
