/** What was sent and has not arrived yet. */
export class UnderWay<T> {
  #waiting: { readonly dueMs: number; readonly what: T }[] = [];

  send(what: T, dueMs: number): void {
    this.#waiting.push({ dueMs, what });
  }

  /** What has arrived by now, in the order of sending. */
  take(nowMs: number): T[] {
    const due = this.#waiting.filter(({ dueMs }) => dueMs <= nowMs);
    if (due.length > 0) this.#waiting = this.#waiting.filter(({ dueMs }) => dueMs > nowMs);
    return due.map(({ what }) => what);
  }
}
