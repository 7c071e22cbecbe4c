import { execFileSync } from 'node:child_process';
import { z } from 'zod';
import { pairedSchema } from '../../../daemon/protocol/pairing.ts';
import { carUnit, remotePort } from './service.ts';

/**
 * Pairs this program as somebody would who is at the car: `jetson-car pair` opens the window, and the code stands in the car's
 * log. Answers with the token that lets a program drive.
 */
export async function pairDevice(name: string): Promise<string> {
  execFileSync('/usr/local/bin/jetson-car', ['pair'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const answer = await fetch(`http://127.0.0.1:${remotePort}/api/pair`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code: codeInLog(), name, as: 'program' }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the car does not pair this program (${answer.status}): ${text}`);
  return pairedSchema.extend({ token: z.string() }).parse(JSON.parse(text)).token;
}

function codeInLog(): string {
  const log = execFileSync('journalctl', ['-u', carUnit, '-b', '-o', 'cat', '--no-pager', '--grep=pairing is open'], {
    encoding: 'utf8',
  });
  const code = [...log.matchAll(/\bcode=(\d{6})\b/g)].at(-1)?.[1];
  if (code === undefined) throw new Error('the log of the car shows no pairing code');
  return code;
}
