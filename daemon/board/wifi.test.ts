import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderForEachTest, testFolder } from '../../test/harness/test-folders.ts';
import { channelOf } from '../protocol/wifi.ts';
import { writeTree } from './testing/jetson-tree.ts';
import { parseIwLink, parseNmcli, readWifi } from './wifi.ts';

const linked = `Connected to 02:00:00:00:00:01 (on wlan0)
\tSSID: classroom \\xe2\\x98\\xba
\tfreq: 5180.0
\tRX: 12345 bytes (67 packets)
\tsignal: -51 dBm
\ttx bitrate: 433.3 MBit/s VHT-MCS 9 80MHz short GI VHT-NSS 1
`;
const listed = `:2412 MHz:54 Mbit/s:next door
*:2437 MHz:130 Mbit/s:class\\:room
`;
const tree = {
  'sys/class/net/wlan0/wireless/beacon': '',
  'sys/class/net/wlan0/operstate': 'up\n',
  'proc/net/wireless':
    'Inter-| sta-|   Quality\n face | tus | link level noise\n wlan0: 0000   56.  -54.  -256   0 0 0 0 0 0\n',
};

const root = folderForEachTest(testFolder('jetson-car-wifi'));

const readWith = (programs: Record<string, string>) =>
  readWifi({
    root: root(),
    async ask(program) {
      const answer = programs[program];
      if (answer === undefined) throw new Error('not there');
      return answer;
    },
    addressesOf: (name) => (name === 'wlan0' ? ['10.0.0.7'] : []),
  });
const wireless = { interface: 'wlan0', isUp: true, signalDbm: -54, qualityShare: 0.8, addresses: ['10.0.0.7'] };

test('the kernel tells the strength, a program the network and its channel', async () => {
  writeTree(root(), tree);
  expect(await readWith({ iw: linked })).toEqual({
    kind: 'there',
    wifi: { ...wireless, ssid: 'classroom ☺', frequencyMhz: 5180, band: '5 GHz', channel: 36, rateMbps: 433.3 },
  });
  expect(await readWith({ iw: 'Not connected.\n', nmcli: listed })).toEqual({
    kind: 'there',
    wifi: { ...wireless, ssid: 'class:room', frequencyMhz: 2437, band: '2.4 GHz', channel: 6, rateMbps: 130 },
  });
});

test('without any such program there is what the kernel says, and without a radio nothing', async () => {
  writeTree(root(), tree);
  expect(await readWith({})).toEqual({ kind: 'there', wifi: wireless });
  rmSync(join(root(), 'sys/class/net/wlan0'), { recursive: true });
  expect(await readWith({ iw: linked })).toEqual({ kind: 'absent' });
});

test('what programs print without a network is no network', () => {
  expect(parseIwLink('Not connected.\n')).toBeUndefined();
  expect(parseNmcli(' :2412 MHz:54 Mbit/s:next door\n')).toBeUndefined();
  expect(parseNmcli('')).toBeUndefined();
});

test.each([
  [2412, '2.4 GHz', 1],
  [2484, '2.4 GHz', 14],
  [5180, '5 GHz', 36],
  [5885, '5 GHz', 177],
  [5955, '6 GHz', 1],
  [7115, '6 GHz', 233],
])('%s MHz is in the band of %s, channel %s', (frequencyMhz, band, channel) => {
  expect(channelOf(frequencyMhz)).toEqual({ band, channel });
});

test('a frequency of no band is none', () => {
  expect(channelOf(900)).toBeUndefined();
});
