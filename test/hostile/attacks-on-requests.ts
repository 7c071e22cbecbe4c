import { type Attack, allAre } from './attack.ts';
import { bearer } from './target.ts';

const evil = 'http://evil.example';

/** Pages of other sites, names that lie, requests that are malformed. */
export const attacksOnRequests: readonly Attack[] = [
  {
    id: 'S1',
    attack: 'a page of another site opens the WebSocket',
    expected: '403 before any upgrade',
    run: async ({ target, ownerToken }) =>
      allAre([await target.upgrade('/ws/control', { origin: evil, headers: bearer(ownerToken) })], 403),
  },
  {
    id: 'S2',
    attack: 'a program without Origin and without credential',
    expected: '401',
    run: async ({ target }) => allAre([await target.upgrade('/ws/control'), await target.upgrade('/ws/video')], 401),
  },
  {
    id: 'S3',
    attack: 'Origin null',
    expected: '403',
    run: async ({ target, ownerToken }) =>
      allAre([await target.upgrade('/ws/control', { origin: 'null', headers: bearer(ownerToken) })], 403),
  },
  {
    id: 'S4',
    attack: 'Hosts and Origins that look alike',
    expected: '400 or 403; upper case is accepted',
    async run({ target, ownerToken }) {
      const names = ['localhost.evil.example', 'evillocalhost', 'localhost.', 'localhostx', '127.0.0.1.nip.io', '0'];
      const hosts = names.map((name) => ({ Host: `${name}:${target.port}` }));
      const origins = [
        ...names.map((name) => `http://${name}:${target.port}`),
        `https://${target.host}`,
        'http://127.0.0.1',
      ];
      const statuses = await Promise.all([
        ...hosts.map(async (headers) => (await target.http('GET', '/', { headers })).status),
        ...origins.map((origin) => target.upgrade('/ws/control', { origin, headers: bearer(ownerToken) })),
      ]);
      const upper = await target.http('GET', '/healthz', { headers: { Host: `LOCALHOST:${target.port}` } });
      const outcome = allAre(statuses, 400, 403);
      return { seen: `${outcome.seen}; upper case ${upper.status}`, held: outcome.held && upper.status === 200 };
    },
  },
  {
    id: 'S5',
    attack: 'DNS rebinding: Host of another site',
    expected: '403, HTTP and WebSocket',
    async run({ target, ownerToken }) {
      const headers = { ...bearer(ownerToken), Host: `evil.example:${target.port}` };
      return allAre(
        [(await target.http('GET', '/', { headers })).status, await target.upgrade('/ws/control', { headers })],
        403,
      );
    },
  },
  {
    id: 'S6',
    attack: 'no Host, two Hosts, absolute form, contradicting lengths',
    expected: '400 and the connection ends',
    async run({ target }) {
      const host = `Host: ${target.host}\r\n`;
      const heads = [
        'GET / HTTP/1.1\r\n',
        `GET / HTTP/1.1\r\n${host}Host: evil.example\r\n`,
        `GET http://${target.host}/healthz HTTP/1.1\r\n${host}Connection: close\r\n`,
        `POST /api/pair HTTP/1.1\r\n${host}Content-Length: 5\r\nContent-Length: 6\r\n`,
        `POST /api/pair HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`,
        `POST /api/pair HTTP/1.1\r\n${host}Transfer-Encoding: cow\r\n`,
      ];
      const answers = await Promise.all(heads.map((head) => target.raw(`${head}\r\n`)));
      return allAre(
        answers.map((answer) => /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'nothing'),
        '400',
      );
    },
  },
  {
    id: 'S6',
    attack: 'HTTP/2 without asking, other protocols in an upgrade, a tunnel, odd lengths and line ends',
    expected: 'none is served but as HTTP/1.1; no second request hides in the first',
    async run({ target }) {
      const host = `Host: ${target.host}\r\n`;
      const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
      const hidden = `GET /healthz HTTP/1.1\r\n${host}\r\n`;
      const upgrade = (path: string, to: string) =>
        `GET ${path} HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: ${to}\r\n${key}\r\n`;
      const post = (head: string, body: string) => `POST /api/pair HTTP/1.1\r\n${host}${head}\r\n\r\n${body}`;
      const inputs = [
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        `${upgrade('/ws/control', 'websocket')}${hidden}`,
        `${upgrade('/ws/control', 'h2c')}${hidden}`,
        `${upgrade('/ws/nothing', 'websocket')}${hidden}`,
        `CONNECT 127.0.0.1:22 HTTP/1.1\r\n${host}\r\n${hidden}`,
        `GET /healthz HTTP/1.1\n${host.replace('\r', '')}\n`,
        `GET /healthz HTTP/1.1\r\nHost : ${target.host}\r\n\r\n`,
        `GET /healthz HTTP/1.1\r\n${host}X: 1\r\n 2\r\n\r\n`,
        post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', `0\r\n\r\n${hidden}`),
        post('Transfer-Encoding: \u000bchunked', `0\r\n\r\n${hidden}`),
        ...['+5', '5, 5', '0x5', '-1', '99999999999999999999'].map((length) =>
          post(`Content-Type: application/json\r\nContent-Length: ${length}`, `{}   ${hidden}`),
        ),
        post('Content-Type: application/json\r\nTransfer-Encoding: chunked', `FFFFFFFFFFFFFFFFF\r\n${hidden}`),
        post('Content-Type: application/json\r\nTransfer-Encoding: chunked', `2\n{}\r\n0\r\n\r\n${hidden}`),
      ];
      const answers = await Promise.all(inputs.map((input) => target.raw(input)));
      const statuses = answers.map((answer) =>
        [...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status).join('+'),
      );
      return {
        ...allAre(
          statuses.map((status) => status || 'closed'),
          '400',
          '401',
          '404',
          'closed',
        ),
      };
    },
  },
  {
    id: 'S7',
    attack: 'forms and plain text of another site, with the owner’s credential',
    expected: '403; 415 from our own page; nothing changed',
    async run({ target, ownerToken }) {
      const before = await target.devices(ownerToken);
      const types = ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x'];
      const paths = ['/api/ticket', '/api/pair'];
      const send = (type: string, path: string, origin: string) =>
        target.http('POST', path, {
          body: '{"code":"000000","name":"x"}',
          headers: { ...bearer(ownerToken), Origin: origin, 'Content-Type': type },
        });
      const foreign = await Promise.all(types.flatMap((type) => paths.map((path) => send(type, path, evil))));
      const own = await Promise.all(types.map((type) => send(type, '/api/ticket', `http://${target.host}`)));
      const after = await target.devices(ownerToken);
      const a = allAre(
        foreign.map(({ status }) => status),
        403,
      );
      const b = allAre(
        own.map(({ status }) => status),
        415,
      );
      return { seen: `${a.seen}; ${b.seen}`, held: a.held && b.held && before === after && before !== '' };
    },
  },
  {
    id: 'S8',
    attack: 'GET on what changes something',
    expected: '405',
    async run({ target, ownerToken }) {
      const paths = ['/api/pair', '/api/ticket', '/api/devices/x'];
      const answers = await Promise.all(paths.map((path) => target.http('GET', path, { token: ownerToken })));
      return allAre(
        answers.map(({ status }) => status),
        405,
      );
    },
  },
  {
    id: 'S9',
    attack: 'CORS preflight, private network access',
    expected: 'no Access-Control header at all',
    async run({ target }) {
      const answers = await Promise.all(
        [evil, `http://${target.host}`].map((origin) =>
          target.http('OPTIONS', '/api/pair', {
            headers: {
              Origin: origin,
              'Access-Control-Request-Method': 'POST',
              'Access-Control-Request-Private-Network': 'true',
            },
          }),
        ),
      );
      const allowing = answers.flatMap(({ headers }) =>
        Object.keys(headers).filter((name) => /^access-control/.test(name)),
      );
      const { seen } = allAre(
        answers.map(({ status }) => status),
        403,
        405,
      );
      return { seen: `${seen}; ${allowing.length} such headers`, held: allowing.length === 0 };
    },
  },
  {
    id: 'S10',
    attack: 'the page in a frame of another site',
    expected: "frame-ancestors 'none' on every answer",
    async run({ target }) {
      const paths = ['/', '/healthz', '/api/session', '/nothing'];
      const answers = await Promise.all(paths.map((path) => target.http('GET', path)));
      const framed = answers.filter(
        ({ headers }) => !String(headers['content-security-policy']).includes("frame-ancestors 'none'"),
      );
      return { seen: `${answers.length - framed.length} of ${answers.length}`, held: framed.length === 0 };
    },
  },
  {
    id: 'S25',
    attack: '2000 headers in an upgrade',
    expected: '431, alive',
    async run({ target }) {
      const headers = Array.from({ length: 2000 }, (_, i) => `X-Header-${i}: ${i}\r\n`).join('');
      const answer = await target.raw(
        `GET /ws/control HTTP/1.1\r\nHost: ${target.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`,
      );
      const { status } = await target.http('GET', '/healthz');
      const seen = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'closed';
      return { seen: `${seen}; then ${status}`, held: seen === '431' && status === 200 };
    },
  },
  {
    id: 'S33',
    attack: 'paths that leave their folder',
    expected: '400 or 404',
    async run({ target, ownerToken }) {
      const up = ['/../package.json', '/..%2fpackage.json', '/%2e%2e/package.json', '/assets/../../package.json'];
      const odd = ['/index.html%00', '/assets/%00', '/api/devices/..%2f..%2fetc', '/..\\package.json', '//etc/passwd'];
      const answers = await Promise.all([...up, ...odd].map((path) => target.http('GET', path, { token: ownerToken })));
      return allAre(
        answers.map(({ status }) => status),
        400,
        404,
        405,
      );
    },
  },
  {
    id: 'S37',
    attack: 'open redirect',
    expected: 'no redirect',
    async run({ target }) {
      const paths = ['//evil.example', '//evil.example/%2e%2e', '/\\evil.example', '/?next=//evil.example'];
      const answers = await Promise.all(paths.map((path) => target.http('GET', path)));
      return {
        seen: allAre(answers.map(({ status }) => status)).seen,
        held: answers.every(({ status, headers }) => headers.location === undefined && (status < 300 || status > 399)),
      };
    },
  },
  {
    id: 'S43',
    attack: 'looking for a test or debug interface',
    expected: '404',
    async run({ target, ownerToken }) {
      const paths = [
        '/api/test',
        '/api/faults',
        '/api/inject',
        '/api/debug',
        '/debug',
        '/test',
        '/json/version',
        '/metrics/x',
      ];
      const answers = await Promise.all(paths.map((path) => target.http('GET', path, { token: ownerToken })));
      return allAre(
        answers.map(({ status }) => status),
        404,
      );
    },
  },
];
