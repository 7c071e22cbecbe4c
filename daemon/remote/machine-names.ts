import { hostname, networkInterfaces } from 'node:os';

/** A new address of this machine counts after so long at the latest. */
const freshForMs = 2000;

/** What this machine goes by on its networks at this moment: its addresses, its name, and its name in mDNS. */
export function readMachineNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((one) => one.address));
  return [...addresses, hostname(), `${hostname()}.local`];
}

/** The same, asked of the system at most every two seconds: that is a call for every interface, and a request is not worth it. */
export class MachineNames {
  readonly #read: () => readonly string[];
  #known: { readonly names: readonly string[]; readonly readAtMs: number } | undefined;

  constructor(read: () => readonly string[] = readMachineNames) {
    this.#read = read;
  }

  at(nowMs: number): readonly string[] {
    if (this.#known === undefined || nowMs - this.#known.readAtMs >= freshForMs) {
      this.#known = { names: this.#read(), readAtMs: nowMs };
    }
    return this.#known.names;
  }
}
