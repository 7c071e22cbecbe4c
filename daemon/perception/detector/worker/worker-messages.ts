import type { Trouble } from '../../../protocol/troubles.ts';
import type { DetectorInfo, DetectorOptions } from '../detector.ts';
import type { Look } from '../loaded-network.ts';
import type { InputFormat } from '../preprocess/input-format.ts';
import type { InputElements } from '../preprocess/preprocess.ts';
import type { NetworkCore } from './keep-apart.ts';
import type { ExchangeWord } from './newest-slot.ts';

/** Between the detector's worker thread and the thread that started it. Both are this project's, one build. */
export type DetectorRequest =
  /** Once, after `ready`: where pictures will lie, and where the thread says on which core it runs. */
  | {
      readonly kind: 'slots';
      readonly word: ExchangeWord;
      readonly slots: readonly PictureSlot[];
      readonly networkCore: NetworkCore;
    }
  /** To a thread that rests: a picture was put. */
  | { readonly kind: 'wake' }
  | { readonly kind: 'close' };

/** Room for one picture, in shared memory. */
export interface PictureSlot {
  /** The picture as the network takes it. */
  readonly input: InputElements;
  /** Its number, by which answers name it, and its size before it was fitted: see `pictureFields`. */
  readonly about: Int32Array<SharedArrayBuffer>;
}

/** What stands where in `PictureSlot.about`. */
export const pictureFields = { number: 0, widthPx: 1, heightPx: 2 } as const;

export type DetectorAnswer =
  | { readonly kind: 'ready'; readonly info: DetectorInfo; readonly format: InputFormat }
  /** The thread rested, and has taken this picture. */
  | { readonly kind: 'looking'; readonly number: number }
  /** `next`: the picture that the thread has taken since; undefined when it rests. */
  | { readonly kind: 'looked'; readonly number: number; readonly look: Look; readonly next: number | undefined }
  /** It could not be started and ends; or it failed at a picture, looks at no others, and answers `closed` by itself. */
  | { readonly kind: 'failed'; readonly error: DetectorFailure }
  /** The network is given back, and the thread ends. */
  | { readonly kind: 'closed' };

/** An Error as it crosses threads: its class would be lost. */
export interface DetectorFailure {
  readonly userError: boolean;
  readonly text: string;
  readonly trouble: Trouble | undefined;
}

export interface DetectorWorkerData {
  readonly options: DetectorOptions;
}
