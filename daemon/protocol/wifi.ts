import { z } from 'zod';

/** What the car knows of its radio; absent what this computer does not tell without root. */
const wifiFactsSchema = z.object({
  interface: z.string(),
  isUp: z.boolean(),
  ssid: z.string().optional(),
  signalDbm: z.number().optional(),
  /** Of the link, as the driver rates it; 1 is perfect. */
  qualityShare: z.number().min(0).max(1).optional(),
  frequencyMhz: z.number().positive().optional(),
  band: z.enum(['2.4 GHz', '5 GHz', '6 GHz']).optional(),
  channel: z.int().positive().optional(),
  rateMbps: z.number().positive().optional(),
  /** Of this interface, IPv4 first; where a phone finds the car. */
  addresses: z.array(z.string()),
});
export type WifiFacts = z.infer<typeof wifiFactsSchema>;

/** `GET /api/wifi`. `absent`: this computer has no wireless interface. */
export const wifiAnswerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('absent') }),
  z.object({ kind: z.literal('there'), wifi: wifiFactsSchema }),
]);
export type WifiAnswer = z.infer<typeof wifiAnswerSchema>;

/** The band and the number of a channel by its middle (IEEE 802.11-2020, annex E); undefined for what is none. */
export function channelOf(frequencyMhz: number): { band: NonNullable<WifiFacts['band']>; channel: number } | undefined {
  if (frequencyMhz === 2484) return { band: '2.4 GHz', channel: 14 };
  if (frequencyMhz >= 2412 && frequencyMhz <= 2472) return { band: '2.4 GHz', channel: (frequencyMhz - 2407) / 5 };
  if (frequencyMhz >= 5160 && frequencyMhz <= 5885) return { band: '5 GHz', channel: (frequencyMhz - 5000) / 5 };
  if (frequencyMhz >= 5955 && frequencyMhz <= 7115) return { band: '6 GHz', channel: (frequencyMhz - 5950) / 5 };
  return undefined;
}
