import type { networkInterfaces } from 'node:os';
import { hostLiteral, isLoopback } from './request-guard.ts';

/** Where the remote listens: the host as configured, and its ports. */
export interface Listening {
  readonly host: string;
  readonly port: number;
  readonly httpsPort?: number | undefined;
}

export function isEveryAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** Whether a phone may reach it: the loopback is each machine's own. */
export function isOutwardUrl(url: string): boolean {
  // By hand, for an address with a zone, as fe80::1%wlan0, is no URL to the platform.
  const [, host = ''] = /^[a-z]+:\/\/(\[[^\]]*\]|[^/:]*)/.exec(url) ?? [];
  return !isLoopback(host.replaceAll(/[[\]]/g, ''));
}

/**
 * What others reach, https where there is any: the host that was given, or, where the remote listens everywhere, this machine's
 * IPv4 addresses. None where only this machine itself gets through.
 */
export function outwardUrls(
  { host, port, httpsPort }: Listening,
  interfaces: ReturnType<typeof networkInterfaces>,
): string[] {
  if (isLoopback(host)) return [];
  const root = (name: string) =>
    httpsPort === undefined ? `http://${hostLiteral(name)}:${port}/` : `https://${hostLiteral(name)}:${httpsPort}/`;
  if (!isEveryAddress(host)) return [root(host)];
  return Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => root(address));
}
