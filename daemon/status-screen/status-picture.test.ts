import font from 'oled-font-5x7';
import { describe, expect, it } from 'vitest';
import { type CarAtAGlance, drawLines, statusLines } from './status-picture.ts';

const parked: CarAtAGlance = {
  url: 'http://192.168.1.23:8080/',
  mode: 'disarmed',
  obstacle: undefined,
  battery: { volts: 7.42, amps: 0.4, share: 0.59, level: 'normal' },
  board: { temperatures: [{ name: 'CPU', celsius: 46.4 }], wifi: { interface: 'wlan0', signalDbm: -55 } },
  pairing: undefined,
};

describe('the status screen', () => {
  it('tells where the car is, how it is and how warm', () => {
    expect(statusLines(parked)).toEqual(['192.168.1.23:8080', 'disarmed     7.4V 59%', '46°C      WiFi -55dBm', '']);
  });

  it('tells the code while a phone may be paired', () => {
    const lines = statusLines({ ...parked, pairing: { code: '012345', forS: 241 } });
    expect(lines[2]).toBe('code 012 345    5 min');
  });

  it('tells what is in the way, and does without what is not known', () => {
    const poor: CarAtAGlance = {
      ...parked,
      url: undefined,
      battery: undefined,
      board: undefined,
      mode: 'estop',
      obstacle: 'camera-not-streaming-at-all',
    };
    expect(statusLines(poor)).toEqual(['this machine alone', 'estop', '', 'camera-not-streaming-']);
  });

  it.each([32, 64] as const)('is drawn on %i rows within its columns', (heightPx) => {
    const picture = drawLines(['W'.repeat(30), '', 'i', '°', 'no fifth line'], heightPx, font);
    expect(picture.length).toBe(16 * heightPx);
    const line = (index: number) =>
      picture.subarray((index * heightPx * 128) / 32, (index * heightPx * 128) / 32 + 128);
    expect(line(0).subarray(126)).toEqual(Uint8Array.of(0, 0));
    expect(line(0)[0]).not.toBe(0);
    expect(line(1).every((byte) => byte === 0)).toBe(true);
    // A dot above a stroke: bit 0 of a byte is its top row.
    expect([...line(2).subarray(0, 6)]).toEqual([0x00, 0x44, 0x7d, 0x40, 0x00, 0x00]);
    expect(line(3).some((byte) => byte !== 0)).toBe(true);
  });

  it('leaves a space for a letter that the font lacks', () => {
    expect(
      drawLines(['字x'], 32, font)
        .subarray(0, 6)
        .every((byte) => byte === 0),
    ).toBe(true);
    expect(drawLines(['字x'], 32, font)[6]).not.toBe(0);
  });
});
