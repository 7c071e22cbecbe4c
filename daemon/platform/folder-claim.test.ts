import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../test/harness/test-folders.ts';
import { claimFolder, claimName } from './folder-claim.ts';

const folder = testFolder('jetson-car-claim');

const first = { name: 'first', pid: 11 };
const second = { name: 'second', pid: 22 };
/** For an answer that must come, on a machine that others use too. */
const patienceMs = 20_000;

async function claimed(of: string, user = first): Promise<() => void> {
  const claim = await claimFolder(of, user);
  if (claim.kind !== 'ours') throw new Error(`${of}: ${JSON.stringify(claim)}`);
  return claim.release;
}

describe.skipIf(process.platform !== 'linux')(
  'a folder that a program uses (abstract sockets are those of Linux)',
  () => {
    it('tells the next one by whom, until it is given back', async () => {
      const release = await claimed(folder);
      expect(await claimFolder(folder, second, patienceMs)).toEqual({ kind: 'taken', by: first });
      release();
      (await claimed(folder, second))();
    });

    it('is the same by another path, and another than its neighbour', async () => {
      const link = join(folder, 'link');
      mkdirSync(join(folder, 'real'));
      symlinkSync(join(folder, 'real'), link);
      const release = await claimed(join(folder, 'real'));
      expect(await claimFolder(link, second, patienceMs)).toEqual({ kind: 'taken', by: first });
      (await claimed(join(folder, 'not-yet-there'), second))();
      release();
    });

    it('passes on no name that would steer a terminal', async () => {
      const release = await claimed(folder, { name: 'car\u001b[2J', pid: 11 });
      expect(await claimFolder(folder, second, patienceMs)).toEqual({ kind: 'taken', by: undefined });
      release();
    });

    it('is free again when its program was killed, and says nothing of one that does not answer', async () => {
      const name = Buffer.from(claimName(folder)).toString('hex');
      const script = `require('node:net').createServer(() => {}).listen(Buffer.from('${name}', 'hex').toString(), () => console.log('listens'))`;
      const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      const exited = once(child, 'exit');
      await once(child.stdout, 'data');
      expect(await claimFolder(folder, second, 50)).toEqual({ kind: 'taken', by: undefined });
      child.kill('SIGKILL');
      await exited;
      (await claimed(folder, second))();
    });
  },
);
