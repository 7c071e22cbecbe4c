import { type WifiAnswer, wifiAnswerSchema } from '../../protocol/wifi.ts';
import { type Route, read } from './route.ts';

export function wifiRoutes(wifi: () => Promise<WifiAnswer>): Route[] {
  return [
    read({
      path: '/api/wifi',
      leastRole: 'driver',
      summary: "The car's Wi-Fi: network, strength, channel, addresses.",
      answers: wifiAnswerSchema,
      handle: async () => ({ kind: 'json', body: await wifi() }),
    }),
  ];
}
