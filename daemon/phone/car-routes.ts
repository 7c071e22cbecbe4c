import { networkInterfaces } from 'node:os';
import { readWifi } from '../board/wifi.ts';
import { installedNetworks } from '../car/installed-networks.ts';
import type { LogBook } from '../log/log-book.ts';
import { askProgram } from '../platform/ask-program.ts';
import { monotonicNowMs } from '../platform/clock.ts';
import { logRoutes } from '../remote/api/log-routes.ts';
import { powerRoutes } from '../remote/api/power-routes.ts';
import type { Route } from '../remote/api/route.ts';
import { type SettingsPort, settingsRoutes } from '../remote/api/settings-routes.ts';
import { wifiRoutes } from '../remote/api/wifi-routes.ts';
import { PretendedPower, SystemPower } from '../service/system-power.ts';
import { factsReader } from './network-facts.ts';

export interface CarRoutesOptions {
  readonly settings: SettingsPort;
  readonly book: LogBook;
  /** A simulated car does nothing to the computer that simulates it. */
  readonly isSimulated: boolean;
  /** Ends the program for systemd to start it again; undefined where nothing would. */
  readonly restartProgram: (() => void) | undefined;
}

/** What phones and programs ask of the car by HTTP, beside its door's own endpoints. */
export function carRoutes({ settings, book, isSimulated, restartProgram }: CarRoutesOptions): Route[] {
  const ask = askProgram;
  const power = isSimulated
    ? new PretendedPower()
    : new SystemPower({ ask, restartProgram, startedAtMs: monotonicNowMs(), nowMs: monotonicNowMs });
  return [
    ...settingsRoutes({ settings, networks: installedNetworks, networkFacts: factsReader(ask) }),
    ...logRoutes(book),
    ...powerRoutes(power),
    ...wifiRoutes(() => readWifi({ root: '/', ask, addressesOf })),
  ];
}

/** IPv4 first: those can be read out to somebody. */
function addressesOf(name: string): string[] {
  const all = networkInterfaces()[name] ?? [];
  return [...all].sort((a, b) => a.family.localeCompare(b.family)).map(({ address }) => address);
}
