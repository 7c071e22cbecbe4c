import type { Route } from './route.ts';

export type Match =
  | { readonly kind: 'found'; readonly route: Route; readonly parameters: Readonly<Record<string, string>> }
  | { readonly kind: 'no-such-path' }
  /** The path exists, for these methods. */
  | { readonly kind: 'wrong-method'; readonly allowed: readonly string[] };

/**
 * Which route a request means. Fixed parts win over `:named` ones.
 * @throws Error for two routes of the same method that the same path would fit, a bug in the table.
 */
export class RouteTable {
  readonly routes: readonly Route[];

  constructor(routes: readonly Route[]) {
    const shapes = new Set<string>();
    for (const route of routes) {
      const shape = `${route.method} ${route.path.replace(/:[^/]+/g, ':')}`;
      if (!route.path.startsWith('/api/')) throw new Error(`${route.path} is not below /api/`);
      if (shapes.has(shape)) throw new Error(`two routes for ${shape}`);
      shapes.add(shape);
    }
    this.routes = [...routes].sort((a, b) => namedParts(a.path) - namedParts(b.path));
  }

  /** @param path as it stands in the URL, without the query. */
  find(method: string, path: string): Match {
    const allowed: string[] = [];
    for (const route of this.routes) {
      const parameters = matchPath(route.path, path);
      if (parameters === undefined) continue;
      if (route.method === (method === 'HEAD' ? 'GET' : method)) return { kind: 'found', route, parameters };
      allowed.push(route.method, ...(route.method === 'GET' ? ['HEAD'] : []));
    }
    return allowed.length === 0 ? { kind: 'no-such-path' } : { kind: 'wrong-method', allowed };
  }
}

function namedParts(pattern: string): number {
  return pattern.split('/:').length - 1;
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const text = given[i] ?? '';
    if (!part.startsWith(':')) {
      if (part !== text) return undefined;
      continue;
    }
    const value = decodePart(text);
    if (value === undefined) return undefined;
    parameters[part.slice(1)] = value;
  }
  return parameters;
}

/** Undefined for what could leave its folder, end a string early or forge a line, should a handler be careless with it. */
function decodePart(text: string): string | undefined {
  let value: string;
  try {
    value = decodeURIComponent(text);
  } catch {
    return undefined;
  }
  const harmless = value.length > 0 && value.length <= 200 && !/[/\\\p{Cc}\p{Cs}]/u.test(value);
  return harmless && value !== '.' && value !== '..' ? value : undefined;
}
