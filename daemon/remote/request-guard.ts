import { isIP } from 'node:net';

/**
 * Who may talk to this port at all, by the two headers a browser does not let a page forge. A page of another site
 * carries another Origin; a name that an attacker points at this machine (DNS rebinding) carries another Host.
 */
export type Verdict =
  | { readonly allowed: true }
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

export function judgeRequest(request: RequestOrigin, names: ReadonlySet<string>, port: number): Verdict {
  const host = request.hosts[0];
  if (host === undefined || request.hosts.length > 1 || request.origins.length > 1) {
    return { allowed: false, status: 400, text: 'exactly one Host and at most one Origin, please' };
  }
  const named = parseHost(host);
  if (named === undefined) return { allowed: false, status: 400, text: 'the Host header is not a host' };
  if (!names.has(named.name) || named.port !== port) {
    return { allowed: false, status: 403, text: 'this car does not go by that name; use the address it printed' };
  }
  const origin = request.origins[0];
  if (origin !== undefined && !sameOrigin(origin, named)) {
    return { allowed: false, status: 403, text: 'pages of other sites may not reach this car' };
  }
  return { allowed: true };
}

function parseHost(host: string): { name: string; port: number } | undefined {
  const parts = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?$/i.exec(host);
  if (parts?.[1] === undefined) return undefined;
  return { name: parts[1].toLowerCase(), port: parts[2] === undefined ? 80 : Number(parts[2]) };
}

function sameOrigin(origin: string, host: { name: string; port: number }): boolean {
  const prefix = 'http://';
  if (!origin.toLowerCase().startsWith(prefix)) return false;
  const parsed = parseHost(origin.slice(prefix.length));
  return parsed !== undefined && parsed.name === host.name && parsed.port === host.port;
}
