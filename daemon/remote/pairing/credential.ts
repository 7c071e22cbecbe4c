/** What a request shows for itself. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'ticket'; readonly ticket: string }
  /** Several that contradict each other, or one that is no credential: never taken for none, nor for the best of them. */
  | { readonly kind: 'unclear' };

/**
 * Finds a request's credential: `Authorization: Bearer TOKEN`, else the cookie, else, for what changes nothing, `?ticket=`.
 * @param cookieName of this car: cookies are shared by all ports of a host.
 */
export function credentialOf(
  request: {
    readonly method: string;
    readonly url: string;
    readonly headers: { readonly authorization?: string | undefined; readonly cookie?: string | undefined };
  },
  cookieName: string,
): Credential {
  const { authorization, cookie } = request.headers;
  if (authorization !== undefined) {
    const token = /^Bearer ([\w-]{1,100})$/.exec(authorization)?.[1];
    return token === undefined ? { kind: 'unclear' } : { kind: 'token', token };
  }
  const tickets = new URLSearchParams(request.url.split('?', 2)[1]).getAll('ticket');
  if (tickets.length > 0) {
    const [ticket = ''] = tickets;
    const clear = tickets.length === 1 && request.method === 'GET' && /^[\w-]{1,100}$/.test(ticket);
    return clear ? { kind: 'ticket', ticket } : { kind: 'unclear' };
  }
  const kept = cookieValues(cookie ?? '', cookieName);
  if (kept.length === 0) return { kind: 'none' };
  const [token = ''] = kept;
  return kept.length === 1 && /^[\w-]{1,100}$/.test(token) ? { kind: 'token', token } : { kind: 'unclear' };
}

function cookieValues(header: string, name: string): string[] {
  return header
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1));
}

/** For a browser: no script can read it, no other site's page can cause it to be sent. */
export function tokenCookie(options: {
  readonly name: string;
  readonly token: string;
  readonly secure: boolean;
}): string {
  const yearS = 365 * 24 * 3600;
  const { name, token, secure } = options;
  return `${name}=${token}; Path=/; Max-Age=${yearS}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
}

/** Makes a browser forget. */
export function noCookie(name: string): string {
  return `${name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict`;
}
