import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** One harm to a car at speed, and how long its motor was driven after it, by the guest's clock. */
const measuredSchema = z.object({
  fault: z.string(),
  drivenMs: z.number(),
  /** What docs/safety.md promises of a car. */
  boundMs: z.number(),
  /** What is asked of this guest. */
  askedMs: z.number(),
});
export type Measured = z.infer<typeof measuredSchema>;

const fileName = 'campaign.jsonl';
/** Of the guest: the folder that it shares with the host. */
export const guestResults = '/results';

export function tellMeasured(measured: Measured): void {
  appendFileSync(join(guestResults, fileName), `${JSON.stringify(measured)}\n`);
}

export function readMeasured(resultsFolder: string): Measured[] {
  const file = join(resultsFolder, fileName);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => measuredSchema.parse(JSON.parse(line)));
}

/** A table for people, a line a harm. */
export function describeMeasured(measured: readonly Measured[]): string {
  if (measured.length === 0) return '';
  const lines = measured.map(({ fault, drivenMs, boundMs, askedMs }) => {
    const times = [drivenMs.toFixed(0), String(boundMs), String(askedMs)].map((ms) => `${ms} ms`.padStart(9));
    return `${times.join('')}  ${fault}\n`;
  });
  return `   driven    bound    asked  after\n${lines.join('')}`;
}
