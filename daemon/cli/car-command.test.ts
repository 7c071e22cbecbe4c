import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { CarCommand } from './car-command.ts';
import { integerBetween } from './options.ts';

function complaintOf(...words: string[]): string {
  let said = '';
  const program = new CarCommand('jetson-car');
  const quiet = (command: CarCommand) =>
    command.exitOverride().configureOutput({
      writeErr: (text) => {
        said += text;
      },
    });
  quiet(program);
  quiet(program.command('run') as CarCommand)
    .option('--pilot <name>', 'who drives: cones')
    .option('--port <number>', 'port of the remote', integerBetween(0, 65_535), 8080)
    .option('--json', 'one JSON document')
    .option('--obstacle <what...>', 'what is in the way');
  quiet(program.command('info') as CarCommand)
    .argument('<network>', 'an ONNX file')
    .requiredOption('--out <folder>', 'where it goes');
  expect(() => program.parse(['node', 'jetson-car', ...words])).toThrow(CommanderError);
  return said;
}

test.each<[string[], string]>([
  [['fly'], '"jetson-car" has no command "fly". There are: run, info.'],
  [['rnu'], '"jetson-car" has no command "rnu". Did you mean run? There are: run, info.'],
  [
    ['run', 'bob'],
    '"jetson-car run" takes no arguments, and was given "bob". "jetson-car run --help" lists what there is.',
  ],
  [
    ['run', 'pilot', 'bob'],
    '"jetson-car run" takes no arguments, and was given "pilot" "bob". Did you mean --pilot? "jetson-car run --help" lists what there is.',
  ],
  [
    ['info', 'a', 'b', '--out', 'c'],
    '"jetson-car info" takes <network>, and was given besides "b". "jetson-car info --help" lists what there is.',
  ],
  [
    ['run', '--prot=3'],
    '"jetson-car run" has no option --prot. Did you mean --port? "jetson-car run --help" lists what there is.',
  ],
  [['run', '-q'], '"jetson-car run" has no option -q. "jetson-car run --help" lists what there is.'],
  [
    ['run', '--port'],
    '--port <number> was given without its value: port of the remote. "jetson-car run --help" lists what there is.',
  ],
  [['run', '--port', "it's 8"], '--port is "it\'s 8". Right would be a whole number from 0 to 65535. Change --port.'],
  [['run', '--port', '8.5'], '--port is "8.5". Right would be a whole number from 0 to 65535. Change --port.'],
  [['run', '--port', '1', '--port', '2'], '--port is given twice, as 1 and as 2. Leave one of them.'],
  [
    ['info', '--out', 'c'],
    '"jetson-car info" needs <network>: an ONNX file. "jetson-car info --help" lists what there is.',
  ],
  [
    ['info', 'a'],
    '"jetson-car info" needs --out <folder>: where it goes. "jetson-car info --help" lists what there is.',
  ],
  [['run', '--pilot', ''], '--pilot is empty. Right would be who drives: cones. Change --pilot, or leave it out.'],
  [['info', '', '--out', 'c'], '<network> of "jetson-car info" is empty. Right would be an ONNX file.'],
])('%j is answered by a sentence', (words, sentence) => {
  expect(complaintOf(...words)).toBe(`jetson-car: ${sentence}\n`);
});

test('arguments arrive as they were given', () => {
  const program = new CarCommand('jetson-car').exitOverride();
  let given: unknown[] = [];
  program
    .argument('<network>', 'an ONNX file')
    .argument('<photos...>', 'photos')
    .action((network, photos) => {
      given = [network, photos];
    });
  program.parse(['node', 'jetson-car', 'a.onnx', 'b.jpg', 'c.jpg']);
  expect(given).toEqual(['a.onnx', ['b.jpg', 'c.jpg']]);
});

test('what contradicts nothing may be given twice', () => {
  const program = new CarCommand('jetson-car').exitOverride();
  program.option('--json').option('--port <number>').option('--obstacle <what...>');
  program.parse([
    'node',
    'jetson-car',
    '--json',
    '--json',
    '--port',
    '1',
    '--port',
    '1',
    '--obstacle',
    'a',
    '--obstacle',
    'b',
  ]);
  expect(program.opts()).toEqual({ json: true, port: '1', obstacle: ['a', 'b'] });
});
