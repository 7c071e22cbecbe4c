import { fstatSync, lstatSync, unlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { monotonicNowMs } from '../platform/clock.ts';
import { parseJson, readLines, writeJsonLine } from '../platform/line-channel.ts';
import { createLogger } from '../platform/log.ts';
import { refuseInspector } from '../platform/refuse-inspector.ts';
import { UserError } from '../platform/user-error.ts';
import { rates } from '../protocol/rates.ts';
import { type SimulatorCommand, type SimulatorReport, simulatorCommandSchema } from '../protocol/simulator-messages.ts';
import { answerRequest } from './answer-request.ts';
import { parseSimulatorOptions, type SimulatorOptions } from './simulator-options.ts';
import { TraceFile } from './trace-file.ts';
import { loadTrack } from './tracks/load-track.ts';
import { World } from './world.ts';

refuseInspector();

/**
 * The simulated car as a process. It rolls on whoever of the others dies, as a car does; when its own parent is gone
 * (standard input closed), it still lives for a second, so that the trace shows how the car came to rest.
 */
const log = createLogger('simulator');
const stepPeriodMs = 4;
const tracePeriodMs = 50;
const afterParentMs = 1000;

function report(message: SimulatorReport): void {
  writeJsonLine(process.stdout, message);
}

function startWorld(options: SimulatorOptions, trace: TraceFile | undefined): World {
  const track = loadTrack(options.track, {
    reverse: options.reverse,
    ...(options.scale !== undefined && { scale: options.scale }),
  });
  return new World({
    track,
    config: options.config,
    startAtMs: monotonicNowMs(),
    seed: options.seed,
    noise: options.noise,
    obstacles: options.obstacles,
    ...(trace !== undefined && {
      onBusWrite: (write, atMs) => trace.add({ atMs, bus: 'simulated', ...write }),
      onSample: ({ yawRateRadps: _, ...sample }) => trace.add(sample),
    }),
  });
}

function serve(world: World, socketPath: string): Promise<Server> {
  const stale = lstatSync(socketPath, { throwIfNoEntry: false });
  if (stale?.isSocket() === true) unlinkSync(socketPath);
  const server = createServer((client) => {
    // A client that dies takes nothing with it: its last register values go on.
    client.on('error', (error) => log.debug({ error: error.message }, 'a client of the socket is gone'));
    readLines(client, (line) => {
      world.step(monotonicNowMs());
      writeJsonLine(client, answerRequest(world, line));
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(new UserError(`the simulator cannot listen on ${socketPath} (${error.message}).`));
    });
    // The socket is nobody else's, from its first moment.
    const before = process.umask(0o177);
    server.listen(socketPath, () => resolve(server));
    process.umask(before);
  });
}

function reportCar(world: World): void {
  const { judge, ...car } = world.status();
  report({
    kind: 'simulated-car',
    atMs: car.atMs,
    xM: car.xM,
    yM: car.yM,
    headingRad: car.headingRad,
    speedMps: car.speedMps,
    laps: judge.laps.length,
    conesHit: judge.conesHit,
    offTrack: judge.offTrack,
  });
}

/** What the parent says, and once that it is gone; nothing of a terminal or a file, which are nobody's parent. */
function hearParent(onCommand: (command: SimulatorCommand) => void, onGone: () => void): void {
  const stdin = fstatSync(0);
  if (!stdin.isFIFO() && !stdin.isSocket()) return;
  process.stdin.once('end', onGone);
  process.stdin.once('error', onGone);
  readLines(process.stdin, (line) => {
    const json = parseJson(line);
    const parsed = json.ok ? simulatorCommandSchema.safeParse(json.value) : undefined;
    if (parsed?.success === true) onCommand(parsed.data);
    else log.warn({ line: line.slice(0, 200) }, 'a command that fits no schema was dropped');
  });
}

function obey(world: World, command: SimulatorCommand): void {
  switch (command.kind) {
    case 'reset':
      world.step(monotonicNowMs());
      world.reset();
      return;
  }
}

async function main(): Promise<void> {
  const options = parseSimulatorOptions(process.argv.slice(2));
  let trace = options.trace === undefined ? undefined : TraceFile.open(options.trace);
  const world = startWorld(options, trace);
  const server = await serve(world, options.socket);
  // Whoever read the reports may be gone before the car has come to rest.
  process.stdout.on('error', () => {});
  const flush = () => {
    try {
      trace?.flush();
    } catch (error) {
      log.error({ err: error }, 'the trace ends here');
      trace = undefined;
    }
  };
  const live = setInterval(() => world.step(monotonicNowMs()), stepPeriodMs);
  const reports = setInterval(() => reportCar(world), rates.telemetryPeriodMs);
  const flushes = setInterval(flush, tracePeriodMs);
  const end = () => {
    clearInterval(live);
    clearInterval(reports);
    clearInterval(flushes);
    world.step(monotonicNowMs());
    flush();
    server.close();
    process.exit(0);
  };
  hearParent(
    (command) => obey(world, command),
    () => setTimeout(end, afterParentMs),
  );
  // What ends a terminal's whole group reaches this process, too: the car's end is told by its parent, and its wheels are
  // made neutral over the bus that is here.
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => {});
  report({ kind: 'ready', socket: options.socket, track: world.track.name, lengthM: world.track.lengthM });
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  // The parent tells whoever named it.
  log.debug(error.message);
  report({ kind: 'failed', text: error.message });
  process.exitCode = 1;
}
