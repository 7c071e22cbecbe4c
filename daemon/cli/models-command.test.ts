import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelsCommand } from './models-command.ts';
import { networkBench } from './testing/network-bench.ts';

const { folder, plainPhoto, top } = networkBench('models-command');

describe('a file that is no network', () => {
  it.each([
    ['info', []],
    ['verify', ['photo.jpg']],
    ['add', []],
    ['fold', ['out.onnx']],
  ])('is refused by `models %s` without a word of the options of other commands', async (command, others) => {
    const network = join(top, 'notes.onnx');
    writeFileSync(network, 'This is a text about networks.');
    const photo = await plainPhoto('photo.jpg');
    const given = others.map((name) => (name === 'photo.jpg' ? photo : join(folder(), name)));
    const refused = modelsCommand().parseAsync([command, network, ...given], { from: 'user' });
    const text = await refused.then(
      () => 'not refused',
      (error: unknown) => String(error),
    );
    expect(text).toMatch(/notes\.onnx is not an ONNX network.*Change the file that is named\.$/s);
    expect(text).not.toMatch(/--model|detector\.modelFile/);
  });
});

it('every command of models says what it is for', () => {
  const commands = modelsCommand().commands;
  expect(commands.map((command) => command.name())).toEqual(['list', 'info', 'verify', 'add', 'fold', 'fetch']);
  for (const command of commands) expect(command.helpInformation()).toMatch(/Usage: models [a-z]+.*\n\n[a-z].{20}/s);
});
