import { networkNamedBy } from './car/find-model.ts';
import { whereNamed } from './perception/detector/model/model-file.ts';
import { UserError } from './platform/user-error.ts';

/** Where a command was told which network it is: what is refused of it is to be changed there. */
export function networkPlace({ model, config }: { readonly model?: string; readonly config?: string }): string {
  return model !== undefined || config === undefined ? '--model' : `detector.modelFile in ${config}`;
}

/** What was thrown of a network, saying to change this place alone, for people: `--model`. */
export function refusedFrom(place: string, error: unknown): unknown {
  if (error instanceof UserError) {
    error.message = error.message.replaceAll(whereNamed, place).replaceAll(networkNamedBy, place);
  }
  return error;
}

/**
 * Does what needs a network that was named at a place.
 * @throws (rejects) whatever `work` does, saying to change that place.
 */
export async function withNetworkFrom<Result>(place: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw refusedFrom(place, error);
  }
}
