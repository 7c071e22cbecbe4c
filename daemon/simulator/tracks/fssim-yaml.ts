import { parse } from 'yaml';
import { z } from 'zod';
import { reasonOf } from '../../platform/reason-of.ts';
import { UserError } from '../../platform/user-error.ts';
import type { GroundPoint } from '../../protocol/geometry.ts';
import type { ParsedTrack } from './parsed-track.ts';

const point = z.array(z.number()).min(2);
const points = z
  .array(point)
  .nullish()
  .transform((list) => list ?? []);
const fssimSchema = z.looseObject({
  cones_left: points,
  cones_right: points,
  cones_orange: points,
  cones_orange_big: points,
  /** x, y, yaw. */
  starting_pose_front_wing: z.array(z.number()).min(2).nullish(),
  /** The two posts of the timekeeping. */
  tk_device: points,
});

export function isFssimYaml(text: string): boolean {
  return /^\s*["']?cones_(left|right)["']?\s*:/m.test(text);
}

/**
 * FSSIM's track: lists of cone positions in metres, full size.
 * @throws UserError naming the file and the field.
 */
export function parseFssimYaml(name: string, text: string): ParsedTrack {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    const why = reasonOf(error);
    throw new UserError(`the track ${name} looks like FSSIM's YAML but cannot be read: ${why}`);
  }
  const parsed = fssimSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new UserError(
      `the track ${name} looks like FSSIM's YAML, but ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}. ` +
        'Each list holds [x, y] in metres. Mend the file.',
    );
  }
  const file = parsed.data;
  const toPoints = (list: readonly number[][]): GroundPoint[] => list.map(([x, y]) => ({ xM: x!, yM: y! }));
  const [x, y, headingRad] = file.starting_pose_front_wing ?? [];
  const posts = toPoints(file.tk_device);
  const line = {
    xM: posts.reduce((sum, post) => sum + post.xM, 0) / posts.length,
    yM: posts.reduce((sum, post) => sum + post.yM, 0) / posts.length,
  };
  return {
    kind: 'cones',
    format: 'FSSIM .yaml',
    left: toPoints(file.cones_left),
    right: toPoints(file.cones_right),
    orange: toPoints([...file.cones_orange, ...file.cones_orange_big]),
    ...(x === undefined || y === undefined ? {} : { start: { xM: x, yM: y, headingRad: headingRad ?? 0 } }),
    ...(posts.length === 0 ? {} : { startLine: line }),
  };
}
