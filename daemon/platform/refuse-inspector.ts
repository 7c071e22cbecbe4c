/**
 * Node.js opens a debugger's port on SIGUSR1, and whoever reaches that port runs what they like in the process. With a
 * listener of our own it does not. (`--disable-sigusr1` came after Node.js 20.)
 * @see https://nodejs.org/docs/latest-v20.x/api/process.html#signal-events
 */
export function refuseInspector(): void {
  process.on('SIGUSR1', () => {});
}
