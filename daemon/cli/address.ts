import { networkInterfaces } from 'node:os';
import { renderUnicodeCompact } from 'uqr';
import { actuatorConfigProblems } from '../actuation/config-check.ts';
import type { CarConfig } from '../car/config.ts';
import { ConfigStore } from '../car/config-store.ts';
import { configOf } from '../car/load-config.ts';
import { outwardUrls } from '../remote/outward-urls.ts';

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
    process.stdout.write(
      `The remote listens at ${remote.host}, which only this machine reaches. For phones: remote.host: 0.0.0.0 in the configuration.\n`,
    );
    return;
  }
  process.stdout.write(`${renderUnicodeCompact(first)}\n\nThe car's remote: ${urls.join(' or ')}\n`);
}

function configuration(file: string | undefined): CarConfig {
  if (file === undefined) return configOf({});
  const problemsOf = ({ actuators }: CarConfig) => actuatorConfigProblems(actuators);
  return new ConfigStore({ file, whenMissing: 'refuse', problemsOf }).load().config;
}
