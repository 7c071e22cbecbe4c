/** What went wrong, in the words of whatever was thrown: JavaScript lets anything be. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
