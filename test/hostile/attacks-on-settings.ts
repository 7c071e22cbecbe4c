import { readdirSync } from 'node:fs';
import { type Attack, allAre } from './attack.ts';

/** What would change the car for good: its limits, its software, its files. */
export const attacksOnSettings: readonly Attack[] = [
  {
    id: 'S32',
    attack: 'limits beyond their bounds, with the owner’s token (while armed: test/settings.test.ts)',
    expected: '422, nothing changed',
    async run({ target, ownerToken: token }) {
      const before = (await target.http('GET', '/api/settings', { token })).body;
      const patches = [
        { throttle: { maxForward: 1.01 } },
        { throttle: { maxForward: -0.1 } },
        { throttle: { maxForward: '1' } },
        { throttle: { maxForward: null } },
        { pilot: { maxSpeedMps: 1000 } },
        { pilot: { maxSpeedMps: 0 } },
        { steering: { leftPulseUs: 100 } },
        { steering: { leftPulseUs: 1100, rightPulseUs: 1900, centrePulseUs: 2200 } },
        { safety: { driverNeutralAfterMs: 0 } },
        { detector: { modelFile: '../../etc/passwd' } },
        { detector: { modelFile: '/dev/zero' } },
        { remote: { host: '0.0.0.0' } },
      ];
      const answers = await Promise.all(patches.map((json) => target.http('PATCH', '/api/settings', { json, token })));
      const after = (await target.http('GET', '/api/settings', { token })).body;
      const outcome = allAre(
        answers.map(({ status }) => status),
        422,
      );
      return {
        seen: `${outcome.seen}; ${before === after ? 'unchanged' : 'CHANGED'}`,
        held: outcome.held && before === after,
      };
    },
  },
  {
    id: 'S35',
    attack: 'uploads: networks, tracks, archives, by every method',
    expected: '404 or 405, and no file more: the remote takes none',
    async run({ target, ownerToken: token }) {
      const before = readdirSync(target.stateFolder).sort().join();
      const paths = ['/api/networks', '/api/models/../../x.onnx', '/api/upload', '/api/tracks/x', '/models/x.onnx'];
      const boundary = 'x';
      const body = `--${boundary}\r\nContent-Disposition: form-data; name="f"; filename="../../x.zip"\r\n\r\n${'0'.repeat(1 << 20)}\r\n--${boundary}--\r\n`;
      const headers = { 'Content-Type': `multipart/form-data; boundary=${boundary}` };
      const answers = await Promise.all(
        paths.flatMap((path) => ['POST', 'PUT'].map((method) => target.http(method, path, { body, headers, token }))),
      );
      const outcome = allAre(
        answers.map(({ status }) => status),
        404,
        405,
      );
      const after = readdirSync(target.stateFolder).sort().join();
      return { ...outcome, held: outcome.held && before === after };
    },
  },
  {
    id: 'S45',
    attack: 'an update over the network',
    expected: '404 or 405: nothing updates itself, who installs has a shell on the car',
    async run({ target, ownerToken: token }) {
      const paths = ['/api/update', '/api/firmware', '/update', '/api/install', '/api/shell'];
      const answers = await Promise.all(paths.map((path) => target.http('POST', path, { json: {}, token })));
      return allAre(
        answers.map(({ status }) => status),
        404,
        405,
      );
    },
  },
];
