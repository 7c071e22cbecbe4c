import { pino } from 'pino';
import { logRoutes } from '../remote/api/log-routes.ts';
import { powerRoutes } from '../remote/api/power-routes.ts';
import type { Route } from '../remote/api/route.ts';
import { settingsRoutes } from '../remote/api/settings-routes.ts';
import { wifiRoutes } from '../remote/api/wifi-routes.ts';
import { Access } from '../remote/pairing/access.ts';
import { pairingRoutes } from '../remote/pairing/pairing-routes.ts';
import { asyncApiDocument, openApiDocument } from './api-documents.ts';
import { apiPage } from './api-page.ts';

/** Every route of the car, for what it says of itself: nothing behind these is ever called. */
function describedRoutes(): Route[] {
  const nothing = (): never => {
    throw new Error('a route was called that is only described');
  };
  const access = Access.open({
    host: '127.0.0.1',
    port: 0,
    stateFolder: '/nonexistent',
    startedByHand: false,
    nowMs: () => 0,
    log: pino({ level: 'silent' }),
  });
  const settings = {
    get state(): never {
      return nothing();
    },
    change: nothing,
    reset: nothing,
    undo: nothing,
  };
  return [
    ...pairingRoutes({
      access,
      fingerprint: undefined,
      outwardUrls: nothing,
      isConnected: nothing,
      sessionsOf: nothing,
      nowMs: nothing,
    }),
    ...settingsRoutes({ settings, networks: nothing, networkFacts: nothing }),
    ...logRoutes({ read: nothing }),
    ...powerRoutes({ state: nothing, begin: nothing }),
    ...wifiRoutes(nothing),
  ];
}

/** The reference, by the names of its files below docs/. */
export function apiFiles(): ReadonlyMap<string, string> {
  const routes = describedRoutes();
  const json = (document: object) => `${JSON.stringify(document, undefined, 2)}\n`;
  return new Map([
    ['api.md', apiPage(routes)],
    ['openapi.json', json(openApiDocument(routes))],
    ['asyncapi.json', json(asyncApiDocument())],
  ]);
}
