import { X509Certificate } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderForEachTest, testFolder } from '../../../test/harness/test-folders.ts';
import { loadCertificate } from './certificate-file.ts';
import { makeCertificate } from './make-certificate.ts';

const dayMs = 24 * 3600_000;
const nowMs = Date.UTC(2027, 4, 1);
const names = [hostname(), `${hostname()}.local`, '192.168.4.1', 'fe80::1%wlan0'];

const folder = folderForEachTest(testFolder('certificate'));

const load = (atMs = nowMs, where = folder()) => loadCertificate({ folder: where, names, nowMs: atMs });

test('the first one names the machine, its addresses and the loopback, and is for a server alone', async () => {
  const { certificatePem, fingerprint, madeBecause } = await load();
  const certificate = new X509Certificate(certificatePem);
  for (const name of ['localhost', hostname(), `${hostname()}.local`]) {
    expect(certificate.checkHost(name), name).toBe(name);
  }
  for (const address of ['127.0.0.1', '::1', '192.168.4.1', 'fe80::1']) {
    expect(certificate.checkIP(address), address).toBe(address);
  }
  expect(certificate.checkHost('evil.example')).toBeUndefined();
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  expect(madeBecause).toBe('there was none yet');
  expect(Date.parse(certificate.validFrom)).toBe(nowMs - dayMs);
  expect(Date.parse(certificate.validTo)).toBe(nowMs + 396 * dayMs);
});

test('its key is nobody else’s to read, also where somebody opened it up', async () => {
  await load();
  const modes = () =>
    readdirSync(folder()).map((name) => `${name} ${(statSync(join(folder(), name)).mode & 0o777).toString(8)}`);
  expect(modes()).toEqual(['https-certificate.pem 600', 'https-key.pem 600']);
  chmodSync(join(folder(), 'https-key.pem'), 0o644);
  expect((await load()).madeBecause).toBeUndefined();
  expect(modes()).toContain('https-key.pem 600');
});

describe('at the next start', () => {
  test('it is the same, until 30 days before its end', async () => {
    const first = await load();
    const end = Date.parse(new X509Certificate(first.certificatePem).validTo);
    expect(await load(end - 30 * dayMs)).toEqual({ ...first, madeBecause: undefined });
    const next = await load(end - 30 * dayMs + 1);
    expect(next.madeBecause).toBe('it was about to end');
    expect(next.fingerprint).not.toBe(first.fingerprint);
    expect(await load(end)).toEqual({ ...next, madeBecause: undefined });
  });

  test('a clock that has fallen back replaces nothing', async () => {
    const first = await load();
    expect((await load(Date.UTC(1970, 0, 1))).fingerprint).toBe(first.fingerprint);
  });

  test('one of a clock that was plainly wrong is good by any phone’s clock, and replaced once the clock is right', async () => {
    const first = await load(Date.UTC(1970, 0, 1));
    const { validFrom, validTo } = new X509Certificate(first.certificatePem);
    expect(Date.parse(validFrom)).toBe(Date.UTC(2025, 11, 31));
    expect(Date.parse(validTo)).toBeGreaterThan(Date.UTC(2035, 0, 1));
    expect(await load(Date.UTC(1970, 0, 2))).toEqual({ ...first, madeBecause: undefined });
    const next = await load();
    expect(next.madeBecause).toBe('the clock was wrong when it was made');
    expect(Date.parse(new X509Certificate(next.certificatePem).validTo)).toBe(nowMs + 396 * dayMs);
    expect(await load(Date.UTC(1970, 0, 3))).toEqual({ ...next, madeBecause: undefined });
  });

  test('a new address replaces nothing; whoever trusts the car goes on trusting it', async () => {
    const first = await load();
    const moved = await loadCertificate({ folder: folder(), names: [hostname(), '10.9.8.7'], nowMs });
    expect(moved.fingerprint).toBe(first.fingerprint);
  });

  test('a machine with another name gets another', async () => {
    const other = await makeCertificate({
      ...{ commonName: 'other', names: ['other', '127.0.0.1'], serial: new Uint8Array(16), nowMs },
    });
    writeFileSync(join(folder(), 'https-key.pem'), other.keyPem);
    writeFileSync(join(folder(), 'https-certificate.pem'), other.certificatePem);
    expect((await load()).madeBecause).toBe('this machine has another name');
  });

  test.each([
    ['a key that is cut off', 'https-key.pem', (text: string) => text.slice(0, 60), /could not be used/],
    ['a certificate that is rubbish', 'https-certificate.pem', () => 'rubbish', /could not be used/],
    ['an empty key', 'https-key.pem', () => '', /could not be used/],
  ])('%s is replaced, and told', async (_what, file, damage, why) => {
    const first = await load();
    const path = join(folder(), file);
    writeFileSync(path, damage(readFileSync(path, 'utf8')));
    const next = await load();
    expect(next.madeBecause).toMatch(why);
    expect(next.fingerprint).not.toBe(first.fingerprint);
    expect((await load()).fingerprint).toBe(next.fingerprint);
  });

  test('a key of another certificate is replaced', async () => {
    await load();
    await load(nowMs, join(folder(), 'other'));
    const key = readFileSync(join(folder(), 'other', 'https-key.pem'), 'utf8');
    writeFileSync(join(folder(), 'https-key.pem'), key);
    expect((await load()).madeBecause).toBe('it and its key were not a pair');
  });
});

test('a folder that cannot be written is named, with the way out', async () => {
  const file = join(folder(), 'file');
  writeFileSync(file, '');
  await expect(load(nowMs, join(file, 'below'))).rejects.toThrow(/the key for https cannot be kept.*JETSON_CAR_STATE/);
});
