import type { InstalledNetwork } from '../protocol/settings.ts';
import { readModelCard } from './model-card.ts';
import { listModels, ownModelsFolder, shippedModelsFolder } from './models-folder.ts';

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
      card: { ...readModelCard(file.replace(/\.onnx$/, '.json')) },
    })),
  );
}
