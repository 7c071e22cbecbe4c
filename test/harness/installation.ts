import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach } from 'vitest';
import { projectFolder } from '../../daemon/platform/paths.ts';
import { contentsOf } from '../../scripts/packaging/contents.ts';
import { folderForEachTest, testFolder } from './test-folders.ts';

/** install.sh below a folder of its own, anew for each test of a file: what it puts where. With systemd it runs in the virtual Jetson. */
export class Installation {
  readonly folder = folderForEachTest(testFolder('jetson-car-install'));

  constructor() {
    beforeEach(() => void mkdirSync(this.root));
  }

  /** What stands for the machine's own root. */
  get root(): string {
    return join(this.folder(), 'root');
  }

  at(...path: readonly string[]): string {
    return join(this.root, ...path);
  }

  /** A release with all that install.sh reads, and next to nothing of the program. */
  release(version: string, files: Readonly<Record<string, string>> = {}): string {
    const place = join(this.folder(), version);
    mkdirSync(join(place, 'bin'), { recursive: true });
    cpSync(join(projectFolder(), 'systemd'), join(place, 'systemd'), { recursive: true });
    cpSync(join(projectFolder(), 'scripts', 'packaging', 'install.sh'), join(place, 'install.sh'));
    writeFileSync(join(place, 'package.json'), JSON.stringify({ name: 'jetson-car', version }, null, 2));
    writeFileSync(join(place, 'architecture'), 'arm64\n');
    writeFileSync(join(place, 'glibc'), '2.17\n');
    writeFileSync(join(place, 'bin', 'node'), '#!/bin/sh\n', { mode: 0o755 });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text);
    writeFileSync(join(place, 'files'), contentsOf(place));
    return place;
  }
}

export function install(place: string, ...options: readonly string[]) {
  const { status, stdout, stderr } = spawnSync('sh', [join(place, 'install.sh'), ...options], { encoding: 'utf8' });
  return { status, words: stdout + stderr };
}
