import { spawn, spawnSync } from 'node:child_process';
import { z } from 'zod';

const program = '/usr/local/bin/jetson-car';
const options = ['doctor', '--config', '/var/lib/jetson-car/car.yaml'];

const examinedSchema = z.looseObject({
  findings: z.array(
    z.object({
      check: z.string(),
      verdict: z.enum(['well', 'weak', 'ill', 'needs-car']),
      text: z.string(),
      cure: z.string().optional(),
    }),
  ),
});
export type Findings = z.infer<typeof examinedSchema>['findings'];

/** What the installed doctor says of this machine, and its exit code. */
export function examine(): { readonly code: number | null; readonly findings: Findings } {
  const { status, stdout, stderr } = spawnSync(program, [...options, '--json'], { encoding: 'utf8' });
  if (stdout === '') throw new Error(`the doctor ended with ${status} and said: ${stderr}`);
  return { code: status, findings: examinedSchema.parse(JSON.parse(stdout)).findings };
}

/**
 * `jetson-car doctor --wheels-up` at a terminal, with a person who answers each question in turn. Answers with all that stood on
 * the terminal.
 */
export function answerWheelsUp(answers: readonly string[]): Promise<{ readonly code: number; readonly words: string }> {
  // Of util-linux, for Node has no terminals of its own: it gives the doctor one, and its exit code back.
  const command = [program, ...options, '--wheels-up'].join(' ');
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let words = '';
  let answered = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    words += text;
    const asked = words.match(/Type "yes": |\[y\/n[^\]]*\] /g)?.length ?? 0;
    while (answered < asked && answered < answers.length) child.stdin.write(`${answers[answered++]}\n`);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, words }));
  });
}
