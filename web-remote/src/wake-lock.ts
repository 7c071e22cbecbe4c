/** Keeps the screen on while it is wanted. Browsers let go of it whenever the page is hidden, and give it to secure pages alone. */
export class WakeLock {
  #wanted = false;
  #held: Promise<WakeLockSentinel | undefined> | undefined;

  constructor() {
    document.addEventListener('visibilitychange', () => {
      // Also one that is still being asked for: it would be held beside the next.
      if (document.hidden) this.#letGo();
      else this.want(this.#wanted);
    });
  }

  want(wanted: boolean): void {
    this.#wanted = wanted;
    if (!wanted) this.#letGo();
    else if (this.#held === undefined && !document.hidden && 'wakeLock' in navigator) {
      // Refused with a low battery, say: the screen then goes dark as it would without us.
      this.#held = navigator.wakeLock.request('screen').catch(() => undefined);
    }
  }

  #letGo(): void {
    void this.#held?.then((lock) => lock?.release());
    this.#held = undefined;
  }
}
