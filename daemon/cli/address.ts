import { networkInterfaces } from 'node:os';
import { renderUnicodeCompact } from 'uqr';
import { actuatorConfigProblems } from '../actuation/config-check.ts';
import type { CarConfig } from '../car/config.ts';
import { ConfigStore } from '../car/config-store.ts';
import { configOf } from '../car/load-config.ts';

/** Where the car's remote is to be found, and a code that a phone's camera reads. Does not ask whether the car runs. */
export function address(options: { readonly config?: string; readonly json?: boolean }): void {
  const { remote } = configuration(options.config);
  const urls = remoteUrls(remote, networkInterfaces());
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
  return new ConfigStore({ file, whenMissing: 'start-empty', problemsOf }).load().config;
}

type Interfaces = ReturnType<typeof networkInterfaces>;

/** What others reach: the host that was given, or, where the remote listens everywhere, this machine's IPv4 addresses. */
export function remoteUrls({ host, port, httpsPort }: CarConfig['remote'], interfaces: Interfaces): string[] {
  if (/^(localhost|127\..*|::1)$/.test(host)) return [];
  const urlOf = (name: string) =>
    httpsPort === undefined ? `http://${name}:${port}/` : `https://${name}:${httpsPort}/`;
  if (host !== '0.0.0.0' && host !== '::') return [urlOf(host.includes(':') ? `[${host}]` : host)];
  return Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map((found) => urlOf(found.address));
}
