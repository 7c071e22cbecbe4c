import { stripVTControlCharacters } from 'node:util';
import type { Reporter, TestCase } from 'vitest/node';

/** Tells at the end which tests passed at a second try only, and what the first one said: such a test is not steady, and wants to be. */
export default class SecondTries implements Reporter {
  readonly #lines: string[] = [];

  onTestCaseResult(test: TestCase): void {
    if (test.diagnostic()?.flaky !== true) return;
    const reasons = (test.result().errors ?? []).map(
      ({ message }) => stripVTControlCharacters(message).split('\n', 1)[0],
    );
    this.#lines.push(`  ${test.module.relativeModuleId} > ${test.fullName}: ${reasons.join('; ')}`);
  }

  onTestRunEnd(): void {
    if (this.#lines.length === 0) return;
    process.stderr.write(`PASSED AT A SECOND TRY ONLY:\n${this.#lines.join('\n')}\n`);
  }
}
