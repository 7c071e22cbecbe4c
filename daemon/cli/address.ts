import { networkInterfaces } from 'node:os';
import { renderUnicodeCompact } from 'uqr';
import { actuatorConfigTroubles } from '../actuation/config-check.ts';
import type { CarConfig } from '../car/config.ts';
import { ConfigStore } from '../car/config-store.ts';
import { configOf } from '../car/load-config.ts';
import { isEveryAddress, outwardUrls } from '../remote/outward-urls.ts';

/** Where the car's remote is to be found, and a code that a phone's camera reads. Does not ask whether the car runs. */
export function address(options: { readonly config?: string; readonly json?: boolean }): void {
  const { remote } = configuration(options.config);
  const urls = outwardUrls(remote, networkInterfaces());
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ urls })}\n`);
    return;
  }
  const [first] = urls;
  if (first === undefined) {
    process.stdout.write(`${whyNone(remote.host)}\n`);
    return;
  }
  process.stdout.write(`${renderUnicodeCompact(first)}\n\nThe car's remote: ${urls.join(' or ')}\n`);
}

function whyNone(host: string): string {
  if (isEveryAddress(host)) {
    return 'This machine is in no network, so no phone reaches it: join one (nmcli device wifi connect NAME password PASSWORD), then ask again.';
  }
  return `The remote listens at ${host}, which only this machine reaches. For phones: remote.host: 0.0.0.0 in the configuration.`;
}

function configuration(file: string | undefined): CarConfig {
  if (file === undefined) return configOf({});
  const problemsOf = ({ actuators }: CarConfig) => actuatorConfigTroubles(actuators);
  return new ConfigStore({ file, whenMissing: 'refuse', problemsOf }).load().config;
}
