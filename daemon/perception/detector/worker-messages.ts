import type { DetectorInfo, DetectorOptions } from './detector.ts';
import type { Look } from './loaded-network.ts';
import type { InputFormat } from './preprocess/input-format.ts';
import type { Letterbox } from './preprocess/letterbox.ts';
import type { InputElements } from './preprocess/preprocess.ts';

/** Between the detector's worker thread and the thread that started it. Both are this project's, one build. */
export type DetectorRequest =
  /** `input` lies in shared memory and does not change before the answer. */
  { readonly kind: 'look'; readonly input: InputElements; readonly letterbox: Letterbox } | { readonly kind: 'close' };

export type DetectorAnswer =
  | { readonly kind: 'ready'; readonly info: DetectorInfo; readonly format: InputFormat }
  | { readonly kind: 'looked'; readonly look: Look }
  | { readonly kind: 'failed'; readonly error: DetectorFailure }
  | { readonly kind: 'closed' };

/** An Error as it crosses threads: its class would be lost. */
export interface DetectorFailure {
  readonly userError: boolean;
  readonly text: string;
}

export interface DetectorWorkerData {
  readonly options: DetectorOptions;
}
