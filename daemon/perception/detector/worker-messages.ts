import type { DetectorInfo, DetectorOptions, DetectorResult } from './detector.ts';

/** Between the detector's worker thread and the thread that started it. Both are this project's, one build. */
export type DetectorRequest =
  | { readonly kind: 'detect'; readonly rgb: Uint8Array; readonly widthPx: number; readonly heightPx: number }
  | { readonly kind: 'close' };

export type DetectorAnswer =
  | { readonly kind: 'ready'; readonly info: DetectorInfo }
  | { readonly kind: 'result'; readonly result: DetectorResult }
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
