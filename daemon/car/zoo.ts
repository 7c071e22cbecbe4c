import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { shippedModelsFolder } from './models-folder.ts';

/** A network that others have published and that is known to work. */
const zooEntrySchema = z.strictObject({
  name: z.string().min(1),
  /** What it is good for, in a line. */
  goodFor: z.string().min(1),
  layout: z.string().min(1),
  /** Of one version for ever: with a commit in it, not a branch. */
  address: z.url({ protocol: /^https$/ }),
  bytes: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  licence: z.string().min(1),
  /** Where it comes from, for people. */
  source: z.string().min(1),
  /** What goes into its card, beside licence, source and sha256. */
  card: z.looseObject({}),
});
export type ZooEntry = z.infer<typeof zooEntrySchema>;

const zooSchema = z.strictObject({ networks: z.array(zooEntrySchema) });

/** The zoo's manifest, which ships with the car. @throws ZodError when it is not as it should be, which is a bug. */
export function readZoo(file: string = join(shippedModelsFolder(), 'zoo.json')): readonly ZooEntry[] {
  return zooSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).networks;
}
