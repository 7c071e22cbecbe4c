import { type Trouble, troubleSchema } from '../protocol/troubles.ts';

/**
 * Trouble that a user can mend: the thing, what was wrong with it, what would be right, where to change it. Commands
 * print its text without a stack and end with exit code 1.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError';
}

/** Trouble that a page may show: by its code it is said in the language of whoever looks. */
export class ToldError extends UserError {
  readonly trouble: Trouble;

  constructor(told: Trouble, text: string) {
    super(text);
    this.trouble = told;
  }
}

/** What a page in another language may say of whatever was thrown; undefined where only its text is known. */
export function troubleOf(error: unknown): Trouble | undefined {
  return error instanceof Error && 'trouble' in error ? troubleSchema.safeParse(error.trouble).data : undefined;
}
