/**
 * Trouble that a user can mend: the thing, what was wrong with it, what would be right, where to change it. Commands
 * print its text without a stack and end with exit code 1.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
}
