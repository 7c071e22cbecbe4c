import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, TestCase } from 'vitest/node';
import { z } from 'zod';

/** A test that passed, but not at its first try; named as in JUnit's XML. */
const retriedSchema = z.object({
  suite: z.string(),
  name: z.string(),
  /** More than one. */
  tries: z.int().min(2),
  /** Why the first one failed. */
  text: z.string(),
});
export type Retried = z.infer<typeof retriedSchema>;

const fileName = 'retried.jsonl';

/** JUnit's XML says of such a test only that it passed: what it took is left beside it, in `folder`. */
export class RetriedReporter implements Reporter {
  readonly #file: string;

  constructor(folder: string) {
    this.#file = join(folder, fileName);
  }

  onTestCaseResult(test: TestCase): void {
    const { state, errors } = test.result();
    const retries = test.diagnostic()?.retryCount ?? 0;
    if (state !== 'passed' || retries === 0) return;
    const text = errors?.[0]?.message.split('\n')[0] ?? 'without a message';
    const retried: Retried = {
      suite: test.module.relativeModuleId,
      name: test.fullName,
      tries: retries + 1,
      text,
    };
    appendFileSync(this.#file, `${JSON.stringify(retried)}\n`);
  }
}

export function readRetried(resultsFolder: string): Retried[] {
  const file = join(resultsFolder, fileName);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => retriedSchema.parse(JSON.parse(line)));
}
