import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ElfNeeds, isElf, readElf } from './elf.ts';
import { jetPack4, misfits, newestOf } from './fits-car.ts';
import { writeElf } from './testing/write-elf.ts';

const modest = {
  machine: 183,
  libraries: ['libc.so.6', 'libstdc++.so.6'],
  versions: { 'libc.so.6': ['GLIBC_2.17', 'GLIBC_2.27'], 'libstdc++.so.6': ['GLIBCXX_3.4.25'] },
};

describe('readElf', () => {
  test('finds processor, libraries and versions', () => {
    const needs = readElf(writeElf(modest));
    expect(needs.machine).toBe('aarch64');
    expect(needs.libraries).toEqual(modest.libraries);
    expect(Object.fromEntries(needs.versions)).toEqual(modest.versions);
  });

  test('reads back whatever was written', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_.+-]{1,20}$/);
    fc.assert(
      fc.property(
        fc.constantFrom(62, 183),
        fc.array(name, { maxLength: 4 }),
        fc.dictionary(name, fc.array(name, { minLength: 1, maxLength: 4 }), { maxKeys: 4, noNullPrototype: true }),
        (machine, libraries, versions) => {
          const needs = readElf(writeElf({ machine, libraries, versions }));
          expect(needs.libraries).toEqual(libraries);
          expect(Object.fromEntries(needs.versions)).toEqual(versions);
        },
      ),
    );
  });

  test('reads this very Node', () => {
    const needs = readElf(readFileSync(process.execPath));
    expect(needs.machine).toBe(process.arch === 'arm64' ? 'aarch64' : 'x86-64');
    expect(needs.libraries).toContain('libc.so.6');
    expect(needs.versions.get('libc.so.6')?.every((version) => version.startsWith('GLIBC_'))).toBe(true);
  });

  test('refuses what is none, and a file that is cut off', () => {
    expect(isElf(Buffer.from('#!/bin/sh\n'))).toBe(false);
    expect(() => readElf(Buffer.from('#!/bin/sh\n'))).toThrow('no ELF file');
    const whole = writeElf(modest);
    expect(() => readElf(whole.subarray(0, whole.length - 300))).toThrow();
    const bits32 = Buffer.from(whole);
    bits32[4] = 1;
    expect(() => readElf(bits32)).toThrow('not 64-bit little-endian');
  });

  test('ends with an answer or an error on any bytes', () => {
    const whole = writeElf(modest);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 20 }), (changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          readElf(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});

describe('misfits', () => {
  const needing = (versions: Record<string, string[]>): ElfNeeds => ({
    machine: 'aarch64',
    libraries: [],
    versions: new Map(Object.entries(versions)),
  });

  test('none, up to what the system has', () => {
    expect(misfits(needing({ 'libc.so.6': ['GLIBC_2.27', 'GLIBC_2.2.5'] }), 'aarch64', jetPack4)).toEqual([]);
    expect(misfits(needing({ 'libstdc++.so.6': ['GLIBCXX_3.4.9', 'CXXABI_1.3.11'] }), 'aarch64', jetPack4)).toEqual([]);
    expect(misfits(needing({ 'libvips.so.42': ['VIPS_42'] }), 'aarch64', jetPack4)).toEqual([]);
  });

  test.each([
    'GLIBC_2.28',
    'GLIBC_2.100',
    'GLIBC_3',
    'GLIBC_2.27.1',
    'GLIBCXX_3.4.26',
    'CXXABI_1.3.12',
    'GLIBC_PRIVATE',
  ])('one for %s', (version) => {
    expect(misfits(needing({ 'libx.so': [version] }), 'aarch64', jetPack4)).toEqual([`needs ${version} of libx.so`]);
  });

  test('the newest of several is found by numbers, not by letters', () => {
    expect(newestOf(['GLIBC_2.9', 'GLIBC_2.17', 'GLIBC_PRIVATE', 'GLIBC_2.2.5'])).toBe('GLIBC_2.17');
    expect(newestOf(['GLIBC_PRIVATE'])).toBeUndefined();
  });

  test('one for the wrong processor', () => {
    expect(misfits(needing({}), 'x86-64', jetPack4)).toEqual(['is for aarch64, not x86-64']);
  });
});
