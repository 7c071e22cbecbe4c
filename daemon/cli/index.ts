import { networkPlace, withNetworkFrom } from '../named-network.ts';
import { projectVersion } from '../platform/paths.ts';
import { UserError } from '../platform/user-error.ts';
import { CarCommand } from './car-command.ts';
import { modelsCommand } from './models-command.ts';
import { integerBetween, noiseLevel, numberBetween, obstacleAt } from './options.ts';
import { endWithoutReader, outliveReader } from './standard-output.ts';

/**
 * The command line. Each command's module is loaded when it is called, so that none pays for another's imports.
 * Exit 0 only when it did what was asked; with --json one JSON document on standard output, logs on standard error.
 */
const program = new CarCommand('jetson-car')
  .version(projectVersion())
  .description('A small self-driving car. With no hardware at all it drives the simulated one.');

const track = ['--track <file>', 'track file: DeepRacer .npy, F1TENTH .csv, EUFS/FSDS cone .csv, FSSIM .yaml'] as const;
const obstacle = [
  '--obstacle <what...>',
  'stop-sign, person or box on the track: person@5 or box@7.5,0.2 (metres along it, metres to the left)',
  obstacleAt,
] as const;

const vehicle = [
  '--vehicle <preset>',
  'which car it is (see: jetson-car vehicles), whatever the configuration names; the simulated one where neither says',
] as const;

program
  .command('run')
  .description('the car itself: camera, detector, driving, wheels, and the remote for a phone')
  .option('--config <file>', 'YAML or JSON that says what differs from the vehicle preset')
  .option(...vehicle)
  .option(...track)
  .option('--scale <factor>', 'scale of the track file', numberBetween(0.001, 1000))
  .option('--reverse', 'drive the track backwards')
  .option(
    '--camera <source>',
    'usb, csi, test, /dev/videoN, file:…, folder:…, rtsp://…, simulator, or a program that writes raw RGB frames',
  )
  .option('--model <file>', 'the ONNX network of the detector, by file or by name (models list)')
  .option('--pilot <name>', 'who drives in auto: cones')
  .option('--auto', 'drive at once, without a phone')
  .option('--host <address>', 'address to listen on; loopback unless told otherwise')
  .option('--port <number>', 'port of the remote; 8080 unless told otherwise', integerBetween(0, 65_535))
  .option(
    '--https [port]',
    "serve https too, with a certificate of the car's own; port 8443 unless told otherwise",
    integerBetween(0, 65_535),
  )
  .option('--seed <number>', 'seed of the simulated world', integerBetween(0, 2 ** 31))
  .option(...obstacle)
  .option('--trace <file>', 'write register writes and the simulated car as JSON lines')
  .option('--for <seconds>', 'end after this long', numberBetween(0.1, 2_000_000))
  .action(async (options) => {
    outliveReader();
    const { run } = await import('./run.ts');
    await withNetworkFrom(networkPlace(options), () => run(options));
  });

program
  .command('doctor')
  .description('is this car fit to drive: camera, bus, pins, detector, disk, WiFi, service; each finding with its cure')
  .option('--config <file>', 'the configuration of the car')
  .option(...vehicle)
  .option('--wheels-up', 'move steering and motor a little, with the wheels in the air, and ask what you see')
  .option('--json', 'one JSON document on standard output')
  .action(async (options) => {
    const { doctor } = await import('./doctor.ts');
    process.exitCode = await doctor(options);
  });

program
  .command('calibrate')
  .description('steering centre and ends, neutral, motor direction, dead zone and caps, set while you watch the wheels')
  .option('--config <file>', 'where it is kept: the configuration of the car')
  .option(...vehicle)
  .action(async (options) => {
    const { calibrate } = await import('./calibrate.ts');
    process.exitCode = await calibrate(options);
  });

program
  .command('neutralise')
  .description('end the pulses of the motor board, when no daemon runs')
  .option('--config <file>', 'the configuration that says which board')
  .option(
    '--vehicle <preset>',
    'which car it is (see: jetson-car vehicles), whatever the configuration names; one of the two is needed',
  )
  .action(async (options) => {
    const { neutralise } = await import('./neutralise.ts');
    await neutralise(options);
  });

program
  .command('pair')
  .description('let a phone be paired: open pairing at the car that runs here, and show its code')
  .option('--viewer', 'whoever pairs now may watch and press stop, not drive')
  .option('--port <number>', 'of the car, if several run here', integerBetween(1, 65_535))
  .option('--json', 'one JSON document on standard output')
  .action(async (options) => {
    const { pair } = await import('./pair.ts');
    await pair(options);
  });

program
  .command('address')
  .description('where the remote is, with a code for the camera of a phone')
  .option('--config <file>', 'the configuration of the car')
  .option('--json', 'one JSON document on standard output')
  .action(async (options) => {
    const { address } = await import('./address.ts');
    await address(options);
  });

program
  .command('lap')
  .description('headless laps with the real detector on rendered frames, on simulated time')
  .option(...track)
  .option('--scale <factor>', 'scale of the track file', numberBetween(0.001, 1000))
  .option('--laps <number>', 'how many', integerBetween(1, 1000), 3)
  .option('--pilot <name>', 'who drives: cones')
  .option('--model <file>', 'the ONNX network of the detector')
  .option('--config <file>', 'YAML or JSON that says what differs from the simulated car')
  .option('--seed <number>', 'the same seed gives the same laps', integerBetween(0, 2 ** 31), 1)
  .option('--reverse', 'drive the track backwards')
  .option('--noise <level>', 'none, low, default, high, or a factor', noiseLevel, 1)
  .option('--latency-ms <number>', 'capture to detections', numberBetween(0, 1000), 80)
  .option(...obstacle)
  .option('--video <file.mp4>', 'what the camera saw, with the boxes (needs ffmpeg)')
  .option('--json', 'one JSON document on standard output')
  .action(async (options) => {
    const { lap } = await import('./lap.ts');
    process.exitCode = await withNetworkFrom(networkPlace(options), () => lap(options));
  });

program
  .command('detect')
  .description('boxes in pictures and videos')
  .argument('<files...>', 'pictures or videos')
  .option('--model <file>', 'the ONNX network; the shipped one, which knows cones, when none is named')
  .option('--out <folder>', 'write the pictures with the boxes drawn')
  .option('--score <threshold>', 'least confidence; 0.25 unless told otherwise', numberBetween(0.001, 1))
  .option(
    '--iou <threshold>',
    'overlap above which the weaker of two boxes goes; 0.45 unless told otherwise',
    numberBetween(0.01, 1),
  )
  .option('--threads <number>', 'threads of the runtime; 1 unless told otherwise', integerBetween(1, 64))
  .option('--json', 'one JSON document on standard output')
  .action(async (files, options) => {
    const { detect } = await import('./detect.ts');
    process.exitCode = await withNetworkFrom('--model', () => detect({ ...options, files }));
  });

program
  .command('bench')
  .description('speed of the pipeline, stage by stage, beside the bare runtime')
  .option('--model <file>', 'the ONNX network')
  .option('--frames <number>', 'how many frames each', integerBetween(10, 100_000), 200)
  .option('--threads <number>', 'threads of the runtime', integerBetween(1, 64), 1)
  .option('--json', 'one JSON document on standard output')
  .action(async (options) => {
    const { bench } = await import('./bench.ts');
    process.exitCode = await withNetworkFrom('--model', () => bench(options));
  });

program
  .command('dataset')
  .description('rendered scenes with labels, to train the detector on')
  .requiredOption('--out <folder>', 'where the pictures and their labels go')
  .requiredOption('--count <number>', 'how many pictures', integerBetween(1, 10_000_000))
  .requiredOption('--seed <number>', 'the same seed gives the same pictures', integerBetween(0, 2 ** 31))
  .option(
    '--start-index <number>',
    'number of the first picture, to draw a set in parts',
    integerBetween(0, 2 ** 31),
    0,
  )
  .option('--workers <number>', 'threads; one a core by default', integerBetween(1, 256))
  .option('--preview <file.png>', 'a sheet of the first pictures with their boxes')
  .action(async (options) => {
    const { dataset } = await import('./dataset.ts');
    process.stdout.write(`${await dataset(options)}\n`);
  });

program
  .command('black-box')
  .description('what happened before a car stopped for a critical reason; without a file, which black boxes there are')
  .argument('[file]', 'a black box, or its name in the list')
  .option('--out <folder>', 'write its pictures')
  .option('--json', 'one JSON document on standard output')
  .action(async (file, options) => {
    const { blackBox } = await import('./black-box.ts');
    process.stdout.write(blackBox(file, options));
  });

program
  .command('vehicles')
  .description('the cars that --vehicle knows, each with its source')
  .option('--json', 'one JSON document on standard output')
  .action(async (options) => {
    const { vehicles } = await import('./vehicles.ts');
    process.stdout.write(`${vehicles(options)}\n`);
  });

program.addCommand(modelsCommand());

process.stdout.on('error', endWithoutReader);
try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`jetson-car: ${error.message}\n`);
  process.exitCode = 1;
}
