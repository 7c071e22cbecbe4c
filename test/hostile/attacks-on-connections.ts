import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { rates } from '../../daemon/protocol/rates.ts';
import { whenClosed } from '../../daemon/remote/testing/when-closed.ts';
import { type Attack, allAre, type Outcome, releaseStop } from './attack.ts';
import { bearer, listeningPorts, type Phone } from './target.ts';

/** What is sent must end the connection with one of these codes. */
async function ends(phone: Phone, ...codes: number[]): Promise<Outcome> {
  return allAre([await phone.closed], ...codes);
}

/** Resident memory in MB. */
function residentMb(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) / 1024;
}

/** A driver whose link stands still for longer is disarmed: then it would be the attacker who stops the car. */
const disarmMs = rates.driverDisarmAfterMs;

/** Floods, half-open connections, messages that are none. */
export const attacksOnConnections: readonly Attack[] = [
  {
    id: 'S23',
    attack: 'a message of 10 MB',
    expected: 'closed (1009)',
    bound: '16 KiB',
    async run({ target, ownerToken }) {
      const phone = await target.control(ownerToken);
      phone.send('x'.repeat(10 << 20));
      return ends(phone, 1009, 1006);
    },
  },
  {
    id: 'S24',
    attack: 'a flood of one-byte fragments',
    expected: 'closed',
    bound: '20 MB more memory',
    async run({ target, ownerToken }) {
      const pid = target.car.process.pid ?? 0;
      const phone = await target.control(ownerToken);
      const beforeMb = residentMb(pid);
      for (let i = 0; i < 5000 && phone.isOpen; i++) phone.socket.send('x', { fin: false });
      const code = await phone.closed;
      const grownMb = residentMb(pid) - beforeMb;
      return { seen: `${code}, ${grownMb.toFixed(1)} MB`, held: grownMb < 20 };
    },
  },
  {
    id: 'S26',
    attack: 'a compression bomb',
    expected: 'compression is not negotiated',
    async run({ target, ownerToken }) {
      const answer = await new Promise<string>((resolve) => {
        const socket = connect(target.port, '127.0.0.1', () =>
          socket.write(
            `GET /ws/control HTTP/1.1\r\nHost: ${target.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
              'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n' +
              `Sec-WebSocket-Extensions: permessage-deflate\r\nAuthorization: ${bearer(ownerToken)['Authorization']}\r\n\r\n`,
          ),
        );
        socket.once('data', (chunk) => {
          resolve(chunk.toString('latin1'));
          socket.destroy();
        });
        socket.on('error', () => resolve(''));
      });
      const offered = /permessage-deflate/i.test(answer);
      const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'nothing';
      return { seen: `${status}, ${offered ? 'negotiated' : 'without'}`, held: status === '101' && !offered };
    },
  },
  {
    id: 'S27',
    attack: 'slow requests and idle connections, many at once',
    expected: 'the owner stays and is answered; new requests are, too; the idle are ended',
    bound: `${disarmMs} ms there and back`,
    async run({ target, owner, thoroughness }) {
      const count = thoroughness === 'full' ? 500 : 60;
      const idle: Socket[] = Array.from({ length: count }, (_, i) => {
        const socket = connect(target.port, '127.0.0.1');
        socket.on('error', () => {});
        if (i % 2 === 0) socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
        return socket;
      });
      const trips: number[] = [];
      for (let i = 0; i < (thoroughness === 'full' ? 30 : 5); i++) {
        trips.push(await owner.roundTripMs());
        // Below what the car listens to.
        await setTimeout(150);
      }
      const { status } = await target.http('GET', '/healthz');
      if (thoroughness === 'full') {
        await Promise.all(idle.map((socket) => whenClosed(socket.resume())));
      } else {
        for (const socket of idle) socket.destroy();
      }
      const end = thoroughness === 'full' ? 'all ended by the car' : 'not waited for';
      const worstMs = Math.max(...trips);
      return {
        seen: `${count} opened, ${end}; owner there and back <= ${worstMs.toFixed(0)} ms, ${status}`,
        // In passing, on a machine that does much else, only that it is answered at all.
        held: owner.isOpen && status === 200 && (thoroughness === 'short' || worstMs < disarmMs),
      };
    },
  },
  {
    id: 'S27',
    attack: 'a spectator opens 40 pages and 12 streams',
    expected: 'at most 8 and 4 of them; the owner gets another page and stream in all the same',
    bound: '8 pages, 4 streams',
    async run({ target, pair, ownerToken }) {
      const { token } = await pair('viewer', 'many pages');
      const pages = Array.from({ length: 40 }, () => {
        const socket = new WebSocket(`ws://${target.host}/ws/control`, { headers: bearer(token) });
        socket.on('error', () => {});
        return socket;
      });
      const opened = await Promise.all(
        pages.map(
          (socket) =>
            new Promise<0 | 1>((resolve) => {
              socket.on('open', () => resolve(1));
              socket.on('unexpected-response', () => resolve(0));
              socket.on('close', () => resolve(0));
            }),
        ),
      );
      const streams = Array.from({ length: 12 }, () => {
        const request = `GET /video.mjpg HTTP/1.1\r\nHost: ${target.host}\r\nAuthorization: Bearer ${token}\r\n\r\n`;
        const socket = connect(target.port, '127.0.0.1', () => socket.write(request));
        socket.on('error', () => {});
        return socket;
      });
      const heads = await Promise.all(streams.map(async (socket) => String((await once(socket, 'data'))[0])));
      const owner = await target.upgrade('/ws/control', { headers: bearer(ownerToken) });
      const { status } = await target.http('GET', '/video.mjpg', { token: ownerToken });
      for (const socket of pages) socket.terminate();
      for (const socket of streams) socket.destroy();
      const pagesIn = opened.filter((one) => one === 1).length;
      const streamsIn = heads.filter((head) => head.startsWith('HTTP/1.1 200')).length;
      return {
        seen: `${pagesIn} pages, ${streamsIn} streams; owner ${owner}, ${status}`,
        held: pagesIn === 8 && streamsIn === 4 && owner === 101 && status === 200,
      };
    },
  },
  {
    id: 'S28',
    attack: 'the owner’s phone sends 5000 commands at once',
    expected: 'the excess is dropped, the connection stays, a stop in it is heard',
    bound: '1.2 times 30 a second',
    async run(scene) {
      const { target, owner } = scene;
      const { sessionId: session } = await owner.until('welcome');
      for (let i = 0; i < 5000; i++) {
        const nowMs = performance.now();
        owner.send({
          kind: 'drive',
          sequence: i,
          session,
          steering: 0,
          throttle: 0,
          inputAtMs: nowMs,
          sentAtMs: nowMs,
        });
      }
      owner.send({ kind: 'stop' });
      const { mode } = await target.car.until('the stop', (health) => health.mode === 'estop');
      await releaseStop(scene);
      return { seen: `${mode}, ${owner.isOpen ? 'connected' : 'closed'}`, held: owner.isOpen };
    },
  },
  {
    id: 'S29',
    attack: 'bad JSON: depth, __proto__, 1e999, NaN, lone surrogates',
    expected: 'refused, counted, closed (1008)',
    bound: '5 messages',
    async run({ target, ownerToken }) {
      const phone = await target.control(ownerToken);
      phone.send('['.repeat(10_000));
      phone.send('{"kind":"ping","sentAtMs":1,"__proto__":{"isDriver":true}}');
      phone.send('{"kind":"ping","sentAtMs":1e999}');
      phone.send('{"kind":"ping","sentAtMs":NaN}');
      phone.send('{"kind":"hand-over","to":"\\ud800"}');
      return ends(phone, 1008);
    },
  },
  {
    id: 'S30',
    attack: 'throttle NaN, as text, 2.0, missing, null',
    expected: 'refused, counted, closed (1008)',
    bound: '5 messages',
    async run({ target, ownerToken }) {
      const phone = await target.control(ownerToken);
      const start = '{"kind":"drive","sequence":1,"steering":0,"inputAtMs":1,"sentAtMs":1';
      for (const throttle of [',"throttle":NaN', ',"throttle":"1"', ',"throttle":2.0', '', ',"throttle":null']) {
        phone.send(`${start}${throttle}}`);
      }
      return ends(phone, 1008);
    },
  },
  {
    id: 'S39',
    attack: 'looking for open ports; SIGUSR1 to open the debugger',
    expected: 'the two ports that were asked for; none more after the signal',
    async run({ target, owner }) {
      const { pids } = await target.car.health();
      const all = Object.values(pids).filter((pid) => pid !== null);
      const ports = () => all.flatMap(listeningPorts);
      const before = ports();
      for (const pid of all) process.kill(pid, 'SIGUSR1');
      for (let i = 0; i < 10; i++) await owner.roundTripMs();
      const after = ports();
      const asked = [target.port, target.httpsPort];
      const held = [...before, ...after].every((port) => asked.includes(port)) && after.length > 0;
      return { seen: `${before.join(' ')}; after ${after.join(' ')}`, held };
    },
  },
];
