import { execFileSync } from 'node:child_process';
import { z } from 'zod';
import { pairedSchema } from '../../../daemon/protocol/pairing.ts';
import { remotePort } from './service.ts';

const openedSchema = z.object({ code: z.string() });

/**
 * Pairs this program as somebody would who is at the car: `jetson-car pair` opens the window and shows the code. Answers with the
 * token that lets a program drive.
 */
export async function pairDevice(name: string): Promise<string> {
  const opened = execFileSync('/usr/local/bin/jetson-car', ['pair', '--json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { code } = openedSchema.parse(JSON.parse(opened));
  const answer = await fetch(`http://127.0.0.1:${remotePort}/api/pair`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, name, as: 'program' }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the car does not pair this program (${answer.status}): ${text}`);
  return pairedSchema.extend({ token: z.string() }).parse(JSON.parse(text)).token;
}
