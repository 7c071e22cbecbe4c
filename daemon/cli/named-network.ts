import { whereNamed } from '../perception/detector/model/model-file.ts';
import { UserError } from '../platform/user-error.ts';

/**
 * Runs a command that a network was named to. What is refused then says to change that place, and not the car's
 * configuration, which the command does not read.
 * @param place where the network was named, for people: `--model`
 * @throws (rejects) whatever `work` does.
 */
export async function withNetworkFrom<Result>(place: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError) error.message = error.message.replaceAll(whereNamed, place);
    throw error;
  }
}
