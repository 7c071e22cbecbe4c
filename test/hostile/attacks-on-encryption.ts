import { once } from 'node:events';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Attack } from './attack.ts';
import { bearer, type Target } from './target.ts';

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Stands between a phone and the car, and keeps every byte that passes, both ways. */
async function listenIn<T>(
  port: number,
  during: (relayPort: number) => Promise<T>,
): Promise<{ result: T; heard: Buffer }> {
  const chunks: Buffer[] = [];
  const sockets: Socket[] = [];
  const relay = createServer((phone) => {
    const car = connect(port, '127.0.0.1');
    sockets.push(phone, car);
    for (const [from, to] of [
      [phone, car],
      [car, phone],
    ] as const) {
      from.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        to.write(chunk);
      });
      from.on('error', () => {});
      from.on('close', () => to.destroy());
    }
  });
  const relayPort = await listening(relay);
  try {
    const result = await during(relayPort);
    return { result, heard: Buffer.concat(chunks) };
  } finally {
    for (const socket of sockets) socket.destroy();
    relay.close();
  }
}

/** A phone's session by way of somebody who listens in: its credential, its telemetry, two pictures. */
async function session(target: Target, scheme: 'ws' | 'wss', relayPort: number, token: string): Promise<void> {
  const port = scheme === 'wss' ? target.httpsPort : target.port;
  const options = {
    headers: { ...bearer(token), Host: `127.0.0.1:${port}` },
    ...(scheme === 'wss' && { ca: target.certificatePem, servername: 'localhost' }),
  };
  const url = `${scheme}://127.0.0.1:${relayPort}/ws`;
  const control = new WebSocket(`${url}/control`, options);
  const video = new WebSocket(`${url}/video`, options);
  await Promise.all([once(control, 'message'), once(video, 'message')]);
  control.terminate();
  video.terminate();
}

/** Of a picture's header, and of nothing else that the car says. The three bytes that a JPEG begins with come by chance in ciphertext. */
const pictureMark = '"frameWidthPx"';

/** What of a session somebody who listened in could use. */
function readable(heard: Buffer, token: string): string[] {
  const found = { credential: token, requests: '/ws/control', telemetry: '"kind":"', pictures: pictureMark };
  return Object.entries(found).flatMap(([what, bytes]) => (heard.includes(bytes) ? [what] : []));
}

/** Somebody between the phone and the car. */
export const attacksOnEncryption: readonly Attack[] = [
  {
    id: 'S40',
    attack:
      'a false car in place of the true one (evil twin, ARP), to a program that trusts the true one’s certificate',
    expected: 'no connection; the false car hears no request; a program that trusts everything would be fooled',
    async run({ target, ownerToken, falseCertificate }) {
      const { keyPem: key, certificatePem: cert } = falseCertificate;
      const heard: (string | undefined)[] = [];
      const falseCar = createSecureServer({ key, cert });
      falseCar.on('upgrade', (request, socket) => {
        heard.push(request.headers.authorization);
        socket.destroy();
      });
      const port = await listening(falseCar);
      const outcomeOf = async (trust: object): Promise<string> => {
        const phone = new WebSocket(`wss://127.0.0.1:${port}/ws/control`, { headers: bearer(ownerToken), ...trust });
        const [error] = (await once(phone, 'error')) as [NodeJS.ErrnoException];
        return error.code ?? error.message;
      };
      const careful = await outcomeOf({ ca: target.certificatePem });
      const heardOfCareful = heard.length;
      await outcomeOf({ rejectUnauthorized: false });
      falseCar.close();
      return {
        seen: `${careful}; ${heardOfCareful} heard; of a careless one ${heard.length}`,
        held: /SELF_SIGNED|UNABLE_TO_VERIFY/.test(careful) && heardOfCareful === 0 && heard.length === 1,
      };
    },
  },
  {
    id: 'S41',
    attack: 'listening in on a whole session, by https',
    expected: 'nothing to be read: no credential, no telemetry, no picture',
    async run({ target, ownerToken }) {
      const { heard } = await listenIn(target.httpsPort, (port) => session(target, 'wss', port, ownerToken));
      const found = readable(heard, ownerToken);
      return {
        seen: `${heard.length} bytes, ${found.length} of 4 kinds readable`,
        held: heard.length > 3000 && found.length === 0,
      };
    },
  },
  {
    id: 'S41',
    attack: 'the same without https, as declared in docs/remote-door.md',
    expected: 'all of it can be read: this is what https is for, and the proof that the row above would see it',
    async run({ target, ownerToken }) {
      const { heard } = await listenIn(target.port, (port) => session(target, 'ws', port, ownerToken));
      const found = readable(heard, ownerToken);
      return { seen: `${heard.length} bytes: ${found.join(', ')}`, held: found.length === 4 };
    },
  },
];
