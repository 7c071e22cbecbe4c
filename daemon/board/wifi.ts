import type { AskProgram } from '../platform/ask-program.ts';
import { channelOf, type WifiAnswer, type WifiFacts } from '../protocol/wifi.ts';
import { readWireless } from './wireless.ts';

export interface WifiSources {
  /** The folder that stands for `/`. */
  readonly root: string;
  readonly ask: AskProgram;
  /** Of an interface, IPv4 first. */
  readonly addressesOf: (name: string) => readonly string[];
}

/** What a program says of the connection beyond the kernel's files. */
type Connection = Pick<WifiFacts, 'ssid' | 'frequencyMhz' | 'rateMbps' | 'signalDbm'>;

/**
 * The car's Wi-Fi, as any user may read it. Name and channel of the network stand in no file: `iw` says them, or
 * NetworkManager, whichever is there.
 */
export async function readWifi({ root, ask, addressesOf }: WifiSources): Promise<WifiAnswer> {
  const wireless = await readWireless(root);
  if (wireless === undefined) return { kind: 'absent' };
  const { interface: name } = wireless;
  const said = (await connectionByIw(name, ask)) ?? (await connectionByNetworkManager(name, ask)) ?? {};
  const channel = said.frequencyMhz === undefined ? undefined : channelOf(said.frequencyMhz);
  const addresses = [...addressesOf(name)];
  return { kind: 'there', wifi: { ...said, ...channel, ...wireless, addresses } };
}

async function connectionByIw(name: string, ask: AskProgram): Promise<Connection | undefined> {
  const text = await ask('iw', ['dev', name, 'link']).catch(() => undefined);
  return text === undefined ? undefined : parseIwLink(text);
}

/** Of `iw dev NAME link`; undefined where it names no network. */
export function parseIwLink(text: string): Connection | undefined {
  const ssid = /^\s*SSID: (.+)$/m.exec(text)?.[1];
  if (ssid === undefined) return undefined;
  // "freq: 5180", newer: "freq: 5180.0".
  const frequencyMhz = amount(/^\s*freq: ([\d.]+)/m.exec(text)?.[1]);
  const signalDbm = Number(/^\s*signal: (-[\d.]+) dBm/m.exec(text)?.[1] ?? Number.NaN);
  const rateMbps = amount(/^\s*tx bitrate: ([\d.]+) MBit\/s/m.exec(text)?.[1]);
  return {
    ssid: unescaped(ssid),
    ...(frequencyMhz !== undefined && { frequencyMhz }),
    ...(Number.isFinite(signalDbm) && { signalDbm }),
    ...(rateMbps !== undefined && { rateMbps }),
  };
}

async function connectionByNetworkManager(name: string, ask: AskProgram): Promise<Connection | undefined> {
  // Not scanned anew: that takes seconds, and the radio off the channel.
  const args = ['-t', '-f', 'IN-USE,FREQ,RATE,SSID', 'dev', 'wifi', 'list', 'ifname', name, '--rescan', 'no'];
  // Version 1.10 (Ubuntu 18.04) has no --rescan, and does not scan by itself.
  const text = await ask('nmcli', args).catch(() => ask('nmcli', args.slice(0, -2)).catch(() => undefined));
  return text === undefined ? undefined : parseNmcli(text);
}

/** Of nmcli's terse list `IN-USE,FREQ,RATE,SSID`, where the network in use is marked with a star. */
export function parseNmcli(text: string): Connection | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith('*:'));
  const parts = /^\*:(\d+) MHz:([\d.]+) Mbit\/s:(.*)$/.exec(line ?? '');
  if (parts === null) return undefined;
  const frequencyMhz = amount(parts[1]);
  const rateMbps = amount(parts[2]);
  const ssid = (parts[3] ?? '').replace(/\\([\\:])/g, '$1');
  return {
    ...(ssid !== '' && { ssid }),
    ...(frequencyMhz !== undefined && { frequencyMhz }),
    ...(rateMbps !== undefined && { rateMbps }),
  };
}

function amount(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && Number.isFinite(value) && value > 0 ? value : undefined;
}

/** `iw` writes bytes that are not ASCII as `\xNN`; together they are UTF-8, or whatever the access point has. */
function unescaped(text: string): string {
  const bytes = text.replace(/\\x([0-9a-f]{2})/g, (_whole, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
