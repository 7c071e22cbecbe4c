import { Option } from 'commander';
import { withNetworkFrom } from '../named-network.ts';
import { layoutNames } from '../perception/detector/decode/decoder.ts';
import { fits } from '../perception/detector/preprocess/letterbox.ts';
import { CarCommand } from './car-command.ts';
import { integerBetween, keypointShape, listOfWords, numberBetween } from './options.ts';

/** Where these commands have their network from. */
const theArgument = 'the file that is named';

const json = ['--json', 'one JSON document on standard output'] as const;

/** `models` and what it can do. */
export function modelsCommand(): CarCommand {
  const models = new CarCommand('models');
  models.description('networks: what they are, whether what they see can be right, where they come from');

  models
    .command('list')
    .description('the networks that ship with the car, your own, and those that can be fetched')
    .option(...json)
    .action(async (options) => {
      const { listNetworks } = await import('./models-list.ts');
      listNetworks(options);
    });

  models
    .command('info')
    .description('what a network is, how it takes pictures and what its answers mean, and what says so')
    .argument('<network>', 'an ONNX file, or a name from the list')
    .option(...json)
    // For the car's own page, which says it in its language.
    .addOption(new Option('--answer-refusal', 'with --json: why a network cannot be used is an answer').hideHelp())
    .action(async (network, options) => {
      const { showNetwork } = await import('./models-info.ts');
      await withNetworkFrom(theArgument, () => showNetwork(network, options));
    });

  models
    .command('verify')
    .description('look at photos with a network and judge whether what it sees can be right; exit code 0 only if so')
    .argument('<network>', 'an ONNX file, or a name from the list')
    .argument(
      '<photos...>',
      'photos with things the network should know; of one alone less can be judged than of two or more',
    )
    .option('--out <folder>', 'write the photos with the boxes drawn')
    .option('--score <threshold>', 'least confidence', numberBetween(0.001, 1), 0.25)
    .option('--iou <threshold>', 'overlap above which the weaker of two boxes goes', numberBetween(0.01, 1), 0.45)
    .option('--threads <number>', 'threads of the runtime', integerBetween(1, 64), 1)
    .option(...json)
    .action(async (network, photos, options) => {
      const { verify } = await import('./models-verify.ts');
      process.exitCode = await withNetworkFrom(theArgument, () => verify({ ...options, network, photos }));
    });

  models
    .command('add')
    .description("copy a network into the car's models folder, with a card that says what it does not say itself")
    .argument('<file>', 'the ONNX file; a card beside it (same name, .json) is taken over')
    .option('--name <name>', "what it is called from then on; its file's name by default")
    .option('--classes <labels>', 'what it finds, in its own order: "blue cone,yellow cone"', listOfWords)
    .option(
      '--first-class <number>',
      "the network's own number for the first of them: 1 where its 0 is the background",
      integerBetween(0, 1),
    )
    .addOption(
      new Option('--layout <layout>', 'the layout of its head, where it is not recognised').choices(layoutNames),
    )
    .option(
      '--keypoints <points,numbers>',
      'of a pose: how many points it has, and how many numbers each, 2 or 3: "17,3"',
      keypointShape,
    )
    .addOption(new Option('--channels <order>', 'order of the colours').choices(['rgb', 'bgr']))
    .addOption(new Option('--scale <scale>', 'what levels of 0..255 become').choices(['0-1', '0-255', 'imagenet']))
    .addOption(new Option('--fit <how>', 'how a picture is brought to its size').choices(fits))
    .option('--padding <level>', 'the grey around the picture', integerBetween(0, 255))
    .option('--source <text>', 'where it comes from')
    .option('--licence <text>', 'its licence')
    .option('--force', 'replace the network that has this name')
    .option(...json)
    .addHelpText(
      'after',
      '\nThen: jetson-car run --model NAME. The folder is ~/.local/share/jetson-car/models, or JETSON_CAR_MODELS.',
    )
    .action(async (file, options) => {
      const { addNetwork } = await import('./models-add.ts');
      await withNetworkFrom(theArgument, () =>
        addNetwork(file, { ...options, firstClass: options.firstClass as 0 | 1 | undefined }),
      );
    });

  models
    .command('fold')
    .description('put what a picture goes through into a network: it then takes bytes, as cameras give them')
    .argument('<network>', 'an ONNX file, or a name from the list')
    .argument('<out>', 'the ONNX file to write; its card goes beside it')
    .option('--force', 'replace a file that is there')
    .action(async (network, out, options) => {
      const { foldNetwork } = await import('./models-fold.ts');
      await withNetworkFrom(theArgument, () => foldNetwork(network, out, options));
    });

  models
    .command('fetch')
    .description('fetch a network of the zoo; an interrupted fetch goes on where it ended')
    .argument('<name>', 'as the list has it')
    .option('--force', 'replace the network that has this name')
    .option(...json)
    .action(async (name, options) => {
      const { fetchNetwork } = await import('./models-fetch.ts');
      await fetchNetwork(name, options);
    });

  return models;
}
