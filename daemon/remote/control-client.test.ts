import { expect, test } from 'vitest';
import { encodeOnce } from './compact-json.ts';
import { ControlClient } from './control-client.ts';

function phone() {
  const sent: string[] = [];
  const socket = {
    readyState: 1 as const,
    OPEN: 1 as const,
    bufferedAmount: 0,
    send: (text: unknown) => void sent.push(String(text)),
    ping() {},
    close() {},
    terminate() {},
  };
  const visitor = { role: 'driver', deviceId: undefined, clientKey: undefined, acceptsDeflate: false } as const;
  return { client: new ControlClient({ socket, sessionId: 'a', visitor, nowMs: 0 }), socket, sent };
}

test('a phone whose answers come late gets no telemetry until it has caught up, and everything else', () => {
  const { client, sent } = phone();
  client.ping(0);
  client.pongs.answered('0', 40);
  client.ping(100);
  client.sendNewest(encodeOnce('in time'), 260);
  client.sendNewest(encodeOnce('behind'), 261);
  client.sendData('an event');
  expect(sent).toEqual(['in time', 'an event']);
  client.pongs.answered('1', 900);
  client.sendNewest(encodeOnce('caught up'), 901);
  expect(sent.at(-1)).toBe('caught up');
});

test('a phone that is far away, but keeps up, gets all of it', () => {
  const { client, sent } = phone();
  // Half a second there and back; one ping is always owed.
  client.ping(0);
  client.pongs.answered('0', 500);
  for (let number = 1; number < 20; number++) {
    client.ping(number * 500);
    client.sendNewest(encodeOnce(`${number}`), number * 500 + 499);
    client.pongs.answered(String(number), number * 500 + 500);
  }
  expect(sent).toHaveLength(19);
});

test('a phone with a backlog of its own gets none either', () => {
  const { client, socket, sent } = phone();
  socket.bufferedAmount = 1 << 16;
  client.sendNewest(encodeOnce('more'), 0);
  expect(sent).toEqual([]);
});
