import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type CarConfig, carConfigSchema } from '../car/config.ts';
import { reasonOf } from '../platform/reason-of.ts';
import { UserError } from '../platform/user-error.ts';
import { type Obstacle, obstacleSchema } from './obstacles.ts';

/** What the simulator's process and its camera program are started with. */
export interface SimulatorOptions {
  readonly socket: string;
  readonly config: CarConfig;
  readonly track?: string;
  readonly scale?: number;
  readonly reverse: boolean;
  readonly seed: number;
  readonly noise: number;
  readonly obstacles: readonly Obstacle[];
  readonly trace?: string;
}

/**
 * `--socket PATH --config FILE|BASE64|JSON [--track FILE] [--scale S] [--reverse] [--seed N] [--noise LEVEL]
 * [--obstacles JSON] [--trace FILE]`.
 * @throws UserError naming the option and what it should be.
 */
export function parseSimulatorOptions(args: readonly string[]): SimulatorOptions {
  const values = readArguments(args);
  if (values.socket === undefined) throw new UserError('--socket is missing: the path of the Unix socket to serve.');
  const scale = values.scale === undefined ? undefined : numberOption('--scale', values.scale, 1e-4, 1e4);
  return {
    socket: values.socket,
    config: readConfig(values.config),
    reverse: values.reverse === true,
    seed: values.seed === undefined ? 1 : Math.floor(numberOption('--seed', values.seed, 0, 2 ** 32)),
    noise: values.noise === undefined ? 1 : numberOption('--noise', values.noise, 0, 10),
    obstacles: readObstacles(values.obstacles),
    ...(values.track !== undefined && { track: values.track }),
    ...(scale !== undefined && { scale }),
    ...(values.trace !== undefined && { trace: values.trace }),
  };
}

function readArguments(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      options: {
        socket: text,
        config: text,
        track: text,
        scale: text,
        reverse: { type: 'boolean' },
        seed: text,
        noise: text,
        obstacles: text,
        trace: text,
      },
    }).values;
  } catch (error) {
    throw new UserError(reasonOf(error));
  }
}

function numberOption(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most)) {
    throw new UserError(`${name} is "${text}"; a number from ${least} to ${most} is wanted.`);
  }
  return value;
}

/** A file with JSON, or JSON itself: the whole configuration, as the daemon has parsed it. */
function readConfig(given: string | undefined): CarConfig {
  if (given === undefined) throw new UserError('--config is missing: the configuration as JSON, or a file with it.');
  const text = existsSync(given) ? readFileSync(given, 'utf8') : given;
  const parsed = carConfigSchema.safeParse(jsonOption('--config', text));
  if (!parsed.success) throw new UserError(`--config is no usable configuration:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function readObstacles(given: string | undefined): readonly Obstacle[] {
  if (given === undefined) return [];
  const parsed = z.array(obstacleSchema).safeParse(jsonOption('--obstacles', given));
  if (!parsed.success) throw new UserError(`--obstacles: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function jsonOption(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError(`${name} holds no JSON: "${text.slice(0, 60)}"`);
  }
}
