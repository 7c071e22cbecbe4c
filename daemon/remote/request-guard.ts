import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/**
 * Who may talk to this port at all, by the two headers a browser does not let a page forge. A page of another site
 * carries another Origin; a name that an attacker points at this machine (DNS rebinding) carries another Host.
 */
export type Verdict =
  /** `name` is the one of the car's names that was used, as it stands in a URL. */
  | { readonly allowed: true; readonly name: string }
  | { readonly allowed: false; readonly status: 400 | 403; readonly text: string };

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/** Whether only this machine itself can reach an address given to listen on. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * The names a Host header may carry. On loopback: the loopback's names and literals. Elsewhere also what was asked to
 * listen on, and the machine's own addresses and names.
 */
export function allowedHostNames(listenHost: string, machineNames: readonly string[]): ReadonlySet<string> {
  const names = new Set(loopbackNames);
  names.add(hostLiteral(listenHost));
  if (!isLoopback(listenHost)) for (const name of machineNames) names.add(hostLiteral(name));
  return names;
}

/** An address as it stands in a URL: lower case, IPv6 in brackets. */
export function hostLiteral(host: string): string {
  const lower = host.toLowerCase();
  return isIP(lower) === 6 ? `[${lower}]` : lower;
}

export interface RequestOrigin {
  /** Every Host and every Origin header of the request. */
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
}

export function collectOrigin(rawHeaders: readonly string[]): RequestOrigin {
  const hosts: string[] = [];
  const origins: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase();
    const value = rawHeaders[i + 1] ?? '';
    if (name === 'host') hosts.push(value);
    else if (name === 'origin') origins.push(value);
  }
  return { hosts, origins };
}

/** Where a request came in. */
export interface Entry {
  readonly scheme: 'http' | 'https';
  readonly port: number;
}

export function judgeRequest(request: RequestOrigin, names: ReadonlySet<string>, entry: Entry): Verdict {
  const host = request.hosts[0];
  if (host === undefined || request.hosts.length > 1 || request.origins.length > 1) {
    return { allowed: false, status: 400, text: 'exactly one Host and at most one Origin, please' };
  }
  const named = parseHost(host, entry.scheme);
  if (named === undefined) return { allowed: false, status: 400, text: 'the Host header is not a host' };
  if (!names.has(named.name) || named.port !== entry.port) {
    return { allowed: false, status: 403, text: 'this car does not go by that name; use the address it printed' };
  }
  const origin = request.origins[0];
  if (origin !== undefined && !sameOrigin(origin, named, entry.scheme)) {
    return { allowed: false, status: 403, text: 'pages of other sites may not reach this car' };
  }
  return { allowed: true, name: named.name };
}

/** Browsers say where a request comes from, even where they send no Origin (a picture, a script). Programs say nothing. */
export function comesFromOtherSite(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

interface NamedHost {
  readonly name: string;
  readonly port: number;
}

const standardPorts = { http: 80, https: 443 };

function parseHost(host: string, scheme: Entry['scheme']): NamedHost | undefined {
  const parts = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?$/i.exec(host);
  if (parts?.[1] === undefined) return undefined;
  return { name: parts[1].toLowerCase(), port: parts[2] === undefined ? standardPorts[scheme] : Number(parts[2]) };
}

function sameOrigin(origin: string, host: NamedHost, scheme: Entry['scheme']): boolean {
  const prefix = `${scheme}://`;
  if (!origin.toLowerCase().startsWith(prefix)) return false;
  const parsed = parseHost(origin.slice(prefix.length), scheme);
  return parsed !== undefined && parsed.name === host.name && parsed.port === host.port;
}
