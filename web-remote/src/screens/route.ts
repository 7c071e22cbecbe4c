import { type ReadonlySignal, signal } from '@preact/signals';

/** Where in the page one is: the parts of the address behind `#/`. */
export type Route = readonly string[];

/** `#/setup/steering` is ['setup', 'steering']; anything else than plain words is the start. */
export function parseRoute(hash: string): Route {
  if (!/^#\/[\w-]+(\/[\w-]+)*$/.test(hash)) return [];
  return hash.slice(2).split('/');
}

export function addressOf(route: Route): string {
  return `#/${route.join('/')}`;
}

const current = signal<Route>([]);

/** Follows the address from the first call on, so that the phone's back button works. */
export function startRoute(): void {
  const follow = (): void => {
    current.value = parseRoute(location.hash);
  };
  window.addEventListener('hashchange', follow);
  follow();
}

export const route: ReadonlySignal<Route> = current;
