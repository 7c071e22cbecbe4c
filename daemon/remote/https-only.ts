/** What becomes of a request without encryption, on a car that is reached by https. */
export type PlainVerdict =
  | { readonly kind: 'served' }
  | { readonly kind: 'redirected'; readonly to: string }
  | { readonly kind: 'refused'; readonly text: string };

/**
 * Programs and browsers on the car itself need no encryption: nobody can listen in there. Everybody else is sent on to
 * https where that is harmless, which is where a person has typed the address in. `/healthz` holds no secret.
 */
export function judgePlain(
  request: {
    readonly method: string;
    readonly url: string;
    readonly name: string;
    readonly isFromThisMachine: boolean;
  },
  httpsPort: number,
): PlainVerdict {
  const { method, url, name, isFromThisMachine } = request;
  const [path = ''] = url.split('?', 1);
  if (isFromThisMachine || path === '/healthz') return { kind: 'served' };
  const address = `https://${name}:${httpsPort}`;
  const isPage = (method === 'GET' || method === 'HEAD') && url.startsWith('/') && !/^\/(api|ws)\/|^\/video/.test(path);
  if (isPage) return { kind: 'redirected', to: `${address}${url}` };
  return { kind: 'refused', text: `this car is reached by https alone: ${address}/` };
}
