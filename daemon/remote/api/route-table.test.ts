import fc from 'fast-check';
import { expect, test } from 'vitest';
import { change, noBody, type Route, read } from './route.ts';
import { RouteTable } from './route-table.ts';

const handle = () => ({ kind: 'json', body: {} }) as const;
const get = (path: string): Route => read({ path, leastRole: 'none', summary: '', handle });
const drop = (path: string): Route =>
  change({ method: 'DELETE', path, leastRole: 'driver', whileArmed: 'allowed', summary: '', body: noBody, handle });

const table = new RouteTable([get('/api/things/:id'), get('/api/things/all'), drop('/api/things/:id')]);

test('fixed parts win over named ones', () => {
  expect(table.find('GET', '/api/things/all')).toMatchObject({ kind: 'found', parameters: {} });
  expect(table.find('GET', '/api/things/7')).toMatchObject({ kind: 'found', parameters: { id: '7' } });
});

test('the methods there are, are named', () => {
  expect(table.find('PUT', '/api/things/7')).toEqual({ kind: 'wrong-method', allowed: ['GET', 'HEAD', 'DELETE'] });
  expect(table.find('GET', '/api/things/7/')).toEqual({ kind: 'no-such-path' });
  expect(table.find('GET', '/api/things/')).toEqual({ kind: 'no-such-path' });
});

test('a table that could mean two things is refused', () => {
  expect(() => new RouteTable([get('/api/a/:x'), get('/api/a/:y')])).toThrow('two routes');
  expect(() => new RouteTable([get('/metrics')])).toThrow('not below /api/');
});

test('a name arrives as it was, or not at all', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), (name) => {
      const match = table.find('DELETE', `/api/things/${encodeURIComponent(name)}`);
      if (match.kind !== 'found') expect(/[/\\\p{Cc}\p{Cs}]|^\.\.?$/u.test(name)).toBe(true);
      else expect(match.parameters['id']).toBe(name);
    }),
  );
});
