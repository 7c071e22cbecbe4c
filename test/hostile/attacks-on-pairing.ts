import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Attack, allAre, releaseStop } from './attack.ts';
import { bearer } from './target.ts';

/** Guessed, stolen, forged and revoked credentials, and what those with little of them reach for. */
export const attacksOnPairing: readonly Attack[] = [
  {
    id: 'S11',
    attack: 'the default credentials of other projects',
    expected: '401: there are none',
    async run({ target }) {
      const pairs = [
        'jetbot:jetbot',
        'admin:admin',
        'admin:password',
        'pi:raspberry',
        'root:',
        'nvidia:nvidia',
        'deepracer:',
      ];
      const headers = pairs.flatMap((pair) => [
        { Authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
        { Authorization: `Bearer ${pair.split(':')[0]}` },
      ]);
      const answers = await Promise.all(headers.map((one) => target.http('GET', '/api/devices', { headers: one })));
      return allAre(
        answers.map(({ status }) => status),
        401,
      );
    },
  },
  {
    id: 'S15',
    attack: 'tokens: empty, cut, longer, of another kind, twice',
    expected: '401',
    async run({ target, ownerToken }) {
      const wrong = [
        '',
        ownerToken.slice(1),
        ownerToken.slice(0, -1),
        `${ownerToken}A`,
        'A'.repeat(43),
        'A'.repeat(5000),
      ];
      const cookie = `jetson-car-${target.port}`;
      const headers = [
        ...wrong.map(bearer),
        ...wrong.map((token) => ({ Cookie: `${cookie}=${token}` })),
        { Cookie: `${cookie}=${ownerToken}; ${cookie}=x` },
        { Authorization: `Bearer ["${ownerToken}"]` },
        { Authorization: `Bearer ${ownerToken}, Bearer x` },
      ];
      const answers = await Promise.all(headers.map((one) => target.http('GET', '/api/devices', { headers: one })));
      return allAre(
        answers.map(({ status }) => status),
        401,
      );
    },
  },
  {
    id: 'S16',
    attack: 'looking for tokens in logs, error pages and addresses',
    expected: 'none found; a ticket is good once',
    bound: 'once, 5 s',
    async run({ target, ownerToken }) {
      const { ticket } = JSON.parse((await target.http('POST', '/api/ticket', { token: ownerToken, json: {} })).body);
      const first = await target.upgrade(`/ws/video?ticket=${ticket}`);
      const second = await target.upgrade(`/ws/video?ticket=${ticket}`);
      const page = await target.http('GET', `/${ownerToken}?t=${ownerToken}`);
      const found = [target.car.output(), page.body, JSON.stringify(page.headers)].filter((text) =>
        [ownerToken, ticket].some((secret) => text.includes(secret)),
      );
      return {
        seen: `${found.length} found; ticket ${first}, then ${second}`,
        held: found.length === 0 && first === 101 && second === 401,
      };
    },
  },
  {
    id: 'S17',
    attack: 'recorded commands sent again, in another session',
    expected: 'none counts: the car is asked for nothing',
    async run({ target, ownerToken }) {
      const phone = await target.control(ownerToken);
      const { sessionId } = await phone.until('welcome');
      phone.send({ kind: 'take-over' });
      for (let i = 0; i < 20; i++) {
        const nowMs = performance.now();
        const recorded = { kind: 'drive', sequence: i, steering: 1, throttle: 1, inputAtMs: nowMs, sentAtMs: nowMs };
        phone.send({ ...recorded, session: `not-${sessionId}`.slice(0, 40) });
      }
      await phone.roundTripMs();
      const { asked, mode } = await phone.until('telemetry');
      phone.socket.terminate();
      return { seen: `asked ${asked.throttle}, ${mode}`, held: asked.throttle === 0 && mode === 'disarmed' };
    },
  },
  {
    id: 'S18',
    attack: 'headers that claim to come from this machine',
    expected: '401 by https; without, 403, as from elsewhere',
    async run({ target }) {
      const headers = { 'X-Forwarded-For': '127.0.0.1', 'X-Real-IP': '127.0.0.1', Forwarded: 'for=127.0.0.1' };
      const secure = { headers, https: true };
      const [devices, session] = [
        await target.http('GET', '/api/devices', secure),
        await target.http('GET', '/api/session', secure),
      ];
      const plain = [
        (await target.http('GET', '/api/devices', { headers })).status,
        (await target.http('GET', '/api/session', { headers })).status,
        await target.upgrade('/ws/control', { headers }),
      ];
      const outcome = allAre(plain, 403);
      const { code, role } = JSON.parse(session.body);
      return {
        seen: `${devices.status}; ${outcome.seen}`,
        held: devices.status === 401 && outcome.held && code === undefined && role === null,
      };
    },
  },
  {
    id: 'S19',
    attack: 'a neighbour on the network: video, telemetry, list of users',
    expected: '401; only the pairing page and /healthz',
    async run({ target }) {
      const paths = ['/video.mjpg', '/api/devices'];
      const answers = await Promise.all(paths.map((path) => target.http('GET', path)));
      const sockets = [await target.upgrade('/ws/video'), await target.upgrade('/ws/control')];
      return allAre([...answers.map(({ status }) => status), ...sockets], 401);
    },
  },
  {
    id: 'S20',
    attack: 'commands before the credential',
    expected: 'there is no connection without one: 401',
    run: async ({ target }) => allAre([await target.upgrade('/ws/control', { headers: bearer('x'.repeat(43)) })], 401),
  },
  {
    id: 'S21',
    attack: 'a spectator drives, arms, takes over, reads the devices; then presses stop',
    expected: 'refused; the stop is obeyed',
    async run(scene) {
      const { target, pair } = scene;
      const { token } = await pair('viewer', 'spectator');
      const phone = await target.control(token);
      const { sessionId: session } = await phone.until('welcome');
      for (const kind of ['take-over', 'disarm', 'release-stop', 'ask-to-drive']) phone.send({ kind });
      phone.send({ kind: 'arm', mode: 'auto' });
      const nowMs = performance.now();
      phone.send({ kind: 'drive', sequence: 0, session, steering: 0, throttle: 1, inputAtMs: nowMs, sentAtMs: nowMs });
      await phone.roundTripMs();
      const refused = phone.heard.filter(({ kind }) => kind === 'refused').length;
      const list = await target.http('GET', '/api/devices', { token });
      phone.send({ kind: 'stop' });
      const stopped = await target.car.until('the stop', ({ mode }) => mode === 'estop');
      phone.socket.terminate();
      await releaseStop(scene);
      return {
        seen: `${refused} refused, ${list.status}, ${stopped.mode}`,
        held: refused === 5 && list.status === 403,
      };
    },
  },
  {
    id: 'S22',
    attack: 'revoked while connected',
    expected: 'closed (4401), and not let in again',
    bound: '1000 ms after the answer',
    async run({ target, pair, ownerToken, thoroughness }) {
      const { id, token } = await pair('driver', 'to be revoked');
      const phone = await target.control(token);
      await target.http('DELETE', `/api/devices/${id}`, { token: ownerToken });
      const atMs = performance.now();
      const code = await phone.closed;
      const tookMs = performance.now() - atMs;
      // In passing, on a machine that does much else, only that it is done.
      const isInTime = thoroughness === 'short' || tookMs < 1000;
      const after = await target.upgrade('/ws/control', { headers: bearer(token) });
      return {
        seen: `${code} after ${Math.round(tookMs)} ms, then ${after}`,
        held: code === 4401 && after === 401 && isInTime,
      };
    },
  },
  {
    id: 'S36',
    attack: 'a device named as markup',
    expected: 'text only: JSON, nosniff, no inline script',
    async run({ target, pair, ownerToken }) {
      await pair('viewer', '<img src=x onerror=alert(1)>');
      const { headers, body } = await target.http('GET', '/api/devices', { token: ownerToken });
      const page = await target.http('GET', '/');
      const policy = String(page.headers['content-security-policy']);
      const held =
        body.includes('<img') &&
        headers['x-content-type-options'] === 'nosniff' &&
        String(headers['content-type']).startsWith('application/json') &&
        policy.includes("script-src 'self'") &&
        !policy.includes('unsafe');
      return { seen: String(headers['content-type']), held };
    },
  },
  {
    id: 'S38',
    attack: 'line breaks and terminal codes for the log',
    expected: 'refused, or escaped',
    async run({ target, owner }) {
      const json = { code: '1\n{"level":60}', name: '\u001b[31m\nroot' };
      const { status } = await target.http('POST', '/api/pair', { json });
      await target.upgrade('/ws/control?client=%0a%1b[31m');
      await target.http('GET', '/%0a%1b[2J');
      await owner.roundTripMs();
      const raw = target.car.output().split('--- log\n')[1] ?? '';
      const strange = raw
        .split('\n')
        .slice(1, -1)
        .filter((line) => line !== '' && !line.startsWith('{"level":'));
      return { seen: `${status}; ${strange.length} strange lines`, held: status === 422 && !raw.includes('\u001b') };
    },
  },
  {
    id: 'S44',
    attack: 'another user of the same machine looks at the files',
    expected: 'credentials 0600, socket 0660, nothing at all for others',
    async run({ target }) {
      const entries = readdirSync(target.stateFolder, { recursive: true, encoding: 'utf8' }).map((name) => {
        return { name, mode: statSync(join(target.stateFolder, name)).mode & 0o777 };
      });
      const open = entries.filter(({ mode }) => (mode & 0o007) !== 0);
      const modesOf = (wanted: RegExp) =>
        entries.filter(({ name }) => wanted.test(name)).map(({ mode }) => mode.toString(8));
      const credentials = allAre(modesOf(/^(devices\.json|https-key\.pem)$/), '600');
      const sockets = allAre(modesOf(/\.sock$/), '660');
      return {
        seen: `credentials ${credentials.seen}, socket ${sockets.seen}; ${open.length} of ${entries.length} open to others`,
        held: credentials.held && sockets.held && open.length === 0,
      };
    },
  },
];

/** A source that has used its tries up has none for ten minutes: whoever makes the attack again comes from the next one. */
let sources = 0;

/** Uses tries up that all share, so it comes last. */
export const bruteForce: Attack = {
  id: 'S12',
  attack: 'guessing the code',
  expected: '5 tries, then 429 even for the right one; the owner is not touched',
  bound: '5 in 10 min',
  async run({ target, ownerToken, openPairing }) {
    const right = await openPairing('viewer');
    const from = `127.0.0.${10 + sources++}`;
    const statuses: number[] = [];
    for (const code of [...Array.from({ length: 7 }, (_, i) => `guess${i}`), right]) {
      statuses.push((await target.http('POST', '/api/pair', { json: { code, name: 'x' }, from })).status);
    }
    const owner = (await target.http('GET', '/api/devices', { token: ownerToken })).status;
    const held = statuses.join(' ') === '401 401 401 401 401 429 429 429' && owner === 200;
    return { seen: `${statuses.join(' ')}; owner ${owner}`, held };
  },
};
