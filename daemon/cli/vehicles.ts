import { vehiclePresets } from '../car/presets.ts';

/** The cars that the software knows; as JSON, or for people. */
export function vehicles({ json }: { readonly json?: boolean }): string {
  const known = Object.entries(vehiclePresets).map(([name, { summary, source }]) => ({ name, summary, source }));
  if (json === true) return JSON.stringify({ vehicles: known });
  return known.map(({ name, summary, source }) => `${name}\n  ${summary}\n  From: ${source}`).join('\n');
}
