import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseJson } from '../platform/line-channel.ts';
import type { InstalledNetwork } from '../protocol/settings.ts';
import { listModels, ownModelsFolder, shippedModelsFolder } from './models-folder.ts';

const cardSchema = z.record(z.string(), z.unknown());

/** Every network that can be chosen: the user's own first, then those that ship, each with its card. */
export function installedNetworks(
  folders: { readonly own: string; readonly shipped: string } = {
    own: ownModelsFolder(),
    shipped: shippedModelsFolder(),
  },
): InstalledNetwork[] {
  return (['own', 'shipped'] as const).flatMap((origin) =>
    listModels(folders[origin]).map(({ name, file, bytes, classes, licence }) => ({
      name,
      // A network that ships is named as the presets name it, so that the file stays good where the car is moved.
      modelFile: origin === 'shipped' ? `models/${name}.onnx` : file,
      bytes,
      origin,
      ...(classes !== undefined && { classes: [...classes] }),
      ...(licence !== undefined && { licence }),
      card: cardOf(file.replace(/\.onnx$/, '.json')),
    })),
  );
}

function cardOf(file: string): Record<string, unknown> {
  if (!existsSync(file)) return {};
  const json = parseJson(readFileSync(file, 'utf8'));
  const card = cardSchema.safeParse(json.ok ? json.value : undefined);
  return card.success ? card.data : {};
}
