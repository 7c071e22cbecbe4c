import { expect, test } from 'vitest';
import { judgePlain } from './https-only.ts';

const judge = (method: string, url: string, isFromThisMachine = false) =>
  judgePlain({ method, url, name: 'car.local', isFromThisMachine }, 8443);

test('the page is sent on to https, at the name it was asked for by', () => {
  expect(judge('GET', '/')).toEqual({ kind: 'redirected', to: 'https://car.local:8443/' });
  expect(judge('HEAD', '/set-up?x=1')).toEqual({ kind: 'redirected', to: 'https://car.local:8443/set-up?x=1' });
});

test('no other host can be reached by it', () => {
  for (const url of ['//evil.example', '/\\evil.example', '/@evil.example', '/?next=//evil.example']) {
    const verdict = judge('GET', url);
    expect(verdict.kind === 'redirected' && new URL(verdict.to).host).toBe('car.local:8443');
  }
  expect(judge('GET', '@evil.example').kind).toBe('refused');
  expect(judge('GET', '.evil.example').kind).toBe('refused');
});

test.each([
  ['POST', '/api/pair'],
  ['GET', '/api/devices'],
  ['GET', '/ws/control'],
  ['GET', '/video.mjpg?size=full'],
  ['POST', '/'],
  ['OPTIONS', '*'],
])('%s %s, which may carry a credential, is refused, and told where to go', (method, url) => {
  expect(judge(method, url)).toMatchObject({
    kind: 'refused',
    text: expect.stringContaining('https://car.local:8443/'),
  });
});

test('on the car itself, and for the health, nothing changes', () => {
  expect(judge('POST', '/api/pair', true)).toEqual({ kind: 'served' });
  expect(judge('GET', '/healthz')).toEqual({ kind: 'served' });
});
