import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Installation, install } from './harness/installation.ts';

const car = new Installation();

describe('the library of the GPU, on request', () => {
  /** An install.sh that means an archive of the test's own; what is fetched comes from `curl`. */
  function installerOf(archive: string, curl: string): string {
    const place = car.release('1.0.0');
    const sha256 = createHash('sha256').update(readFileSync(archive)).digest('hex');
    const script = join(place, 'install.sh');
    const text = readFileSync(script, 'utf8');
    const own = text.replace(/^cuda_sha256=.*$/m, `cuda_sha256=${sha256}`);
    expect(own).not.toBe(text);
    writeFileSync(script, own);
    const bin = join(car.folder(), 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'curl'), `#!/bin/sh\n${curl}\n`, { mode: 0o755 });
    return place;
  }
  function installCuda(place: string, ...options: string[]) {
    const { status, stdout, stderr } = spawnSync(
      'sh',
      [join(place, 'install.sh'), '--cuda', ...options, '--root', car.root],
      {
        encoding: 'utf8',
        env: { ...process.env, PATH: `${join(car.folder(), 'bin')}:${process.env['PATH']}` },
      },
    );
    return { status, words: stdout + stderr };
  }
  function archive(): string {
    const library = join(car.folder(), 'onnxruntime', 'lib');
    mkdirSync(library, { recursive: true });
    writeFileSync(join(library, 'libonnxruntime.so'), 'a library');
    const file = join(car.folder(), 'library.tar.bz2');
    // Whether it is compressed, tar sees.
    expect(spawnSync('tar', ['cf', file, '-C', car.folder(), 'onnxruntime']).status).toBe(0);
    return file;
  }
  const library = () => readFileSync(car.at('opt/onnxruntime/lib/libonnxruntime.so'), 'utf8');

  test.each([
    ['fetched', () => []],
    ['from an archive that was fetched elsewhere', (file: string) => [file]],
  ])('%s: held to its hash, unpacked, and again in place of what was there', (_how, named) => {
    const file = archive();
    // Whatever a network does, it is not waited for without end.
    const limits = 'case "$*" in *"--connect-timeout 30 --speed-limit 1000 --speed-time 60"*) ;; *) exit 2 ;; esac';
    const place = installerOf(file, `${limits}\nwhile [ "$1" != -o ]; do shift; done\ncp "${file}" "$2"`);
    for (const _again of [1, 2]) {
      const { status, words } = installCuda(place, ...named(file));
      expect(status, words).toBe(0);
      expect(words).toContain('runtime: /opt/onnxruntime/lib/libonnxruntime.so');
      expect(library()).toBe('a library');
      writeFileSync(car.at('opt/onnxruntime/lib/left'), '');
    }
    expect(readdirSync(car.at('opt'))).toEqual(['onnxruntime']);
  });

  test.each([
    ['another file', ['package.json'], 'is not the library that is meant: its SHA-256 is'],
    ['a file that is not there', ['nowhere.tar.bz2'], 'nowhere.tar.bz2 is no file'],
    ['one that cannot be fetched', [], 'could not be fetched: see that the car has internet'],
  ])('%s is refused, and what was there stays', (_name, names, why) => {
    const file = archive();
    const place = installerOf(file, 'exit 6');
    expect(installCuda(place, file).status).toBe(0);
    const { status, words } = installCuda(place, ...names.map((name) => join(place, name)));
    expect(status, words).toBe(1);
    expect(words).toContain(why);
    expect(library()).toBe('a library');
    expect(readdirSync(car.at('opt'))).toEqual(['onnxruntime']);
  });

  test.each(['SIGHUP', 'SIGINT', 'SIGTERM'] as const)(
    'ended by %s while it fetches, it leaves nothing',
    async (signal) => {
      const place = installerOf(archive(), 'echo begun; exec sleep 60');
      const installing = spawn('sh', [join(place, 'install.sh'), '--cuda', '--root', car.root], {
        env: { ...process.env, PATH: `${join(car.folder(), 'bin')}:${process.env['PATH']}` },
        stdio: ['ignore', 'pipe', 'ignore'],
        // A group of its own, as a terminal's: what a lost connection ends is all of it.
        detached: true,
      });
      const ended = once(installing, 'exit');
      let words = '';
      for await (const part of installing.stdout) {
        words += part;
        if (words.includes('begun')) break;
      }
      expect(readdirSync(car.at('opt'))).toEqual(['.onnxruntime.unfinished']);
      process.kill(-installing.pid!, signal);
      expect((await ended)[0]).not.toBe(0);
      expect(readdirSync(car.at('opt'))).toEqual([]);
    },
  );

  test('of a plug that was pulled between the old one and the new one, the old one is put back', () => {
    const file = archive();
    const place = installerOf(file, 'exit 6');
    expect(installCuda(place, file).status).toBe(0);
    const mv = join(car.folder(), 'bin', 'mv');
    const pulled = 'case $1 in *.unfinished/*) kill -9 $PPID ;; *) PATH=/usr/bin:/bin exec mv "$@" ;; esac';
    writeFileSync(mv, `#!/bin/sh\n${pulled}\n`, { mode: 0o755 });
    expect(installCuda(place, file).status).toBe(null);
    expect(readdirSync(car.at('opt')).sort()).toEqual(['.onnxruntime.unfinished', 'onnxruntime.before']);
    rmSync(mv);
    expect(installCuda(place).words).toContain('could not be fetched');
    expect(library()).toBe('a library');
    expect(readdirSync(car.at('opt'))).toEqual(['onnxruntime']);
  });

  test('what one that was ended half-way left is gone after the next', () => {
    const file = archive();
    const place = installerOf(file, 'exit 6');
    for (const left of ['.onnxruntime.unfinished', 'onnxruntime.before', 'onnxruntime']) {
      mkdirSync(car.at('opt', left, 'lib'), { recursive: true });
      writeFileSync(car.at('opt', left, 'lib', 'half'), '');
    }
    expect(installCuda(place, file).status).toBe(0);
    expect(readdirSync(car.at('opt'))).toEqual(['onnxruntime']);
    expect(readdirSync(car.at('opt/onnxruntime/lib'))).toEqual(['libonnxruntime.so']);
  });

  test('is refused on a disk without the space, and what was there stays', () => {
    const file = archive();
    const place = installerOf(file, 'exit 6');
    expect(installCuda(place, file).status).toBe(0);
    const df = 'printf "Filesystem 1024-blocks Used Available\\n/dev/card 9 9 65540\\n"';
    writeFileSync(join(car.folder(), 'bin', 'df'), `#!/bin/sh\n${df}\n`, { mode: 0o755 });
    const { status, words } = installCuda(place, file);
    expect(status).toBe(1);
    expect(words).toContain('the disk has 64 MB left, and 64 MB are needed: delete something');
    expect(library()).toBe('a library');
    expect(readdirSync(car.at('opt'))).toEqual(['onnxruntime']);
  });

  test.each([[['--uninstall']], [['--dry-run', '--uninstall']]])('with %j beside it nothing is done', (options) => {
    const place = car.release('1.0.0');
    install(place, '--root', car.root);
    for (const both of [
      ['--cuda', ...options],
      [...options, '--cuda'],
    ]) {
      const { status, words } = install(place, ...both, '--root', car.root);
      expect(status).toBe(1);
      expect(words).toContain('--uninstall and --cuda exclude each other: name one');
    }
    expect(existsSync(car.at('opt/jetson-car/current/package.json'))).toBe(true);
  });

  test('a dry run fetches nothing', () => {
    const place = installerOf(archive(), `touch "${car.at('fetched')}"`);
    const { status, words } = installCuda(place, '--dry-run');
    expect(status, words).toBe(0);
    expect(words).toMatch(/would fetch https:.* hold it to SHA-256 [0-9a-f]{64}.*\na dry run: nothing was done\n$/);
    expect(readdirSync(car.root)).toEqual([]);
  });
});
