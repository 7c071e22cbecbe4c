import type { Health } from '../protocol/telemetry.ts';

/** How the car fares, in a line: "Manual on hshop-1-18, 29.8 frames/s, cuda". */
export function statusText(health: Health): string {
  const { mode, vehicle, pids, framesPerSecond, provider } = health;
  const missing = [
    ...(pids.actuation === null ? ['motor control is down'] : []),
    ...(pids.perception === null ? ['perception is down'] : []),
    ...(pids.perception !== null && framesPerSecond === 0 ? ['no pictures'] : []),
  ];
  const sees = framesPerSecond > 0 ? [`${framesPerSecond.toFixed(1)} frames/s`] : [];
  const runsOn = provider === null ? [] : [provider];
  const capital = `${mode.charAt(0).toUpperCase()}${mode.slice(1)}`;
  return [`${capital} on ${vehicle}`, ...sees, ...runsOn, ...missing].join(', ').replaceAll('\n', ' ');
}
