import type { PerceptionStart } from '../../protocol/perception-messages.ts';

/** When a frame was captured, and who says so. */
export interface FrameStamp {
  readonly capturedAtMs: number;
  readonly source: 'camera' | 'arrival';
  /** As the program counts; absent where it does not. */
  readonly frameId?: number;
}

export interface ProgramOutputOptions {
  readonly camera: Pick<PerceptionStart['camera'], 'framing' | 'widthPx' | 'heightPx' | 'captureOffsetMs'>;
  readonly nowMs: () => number;
  /** A buffer for the next frame's pixels; undefined when none is free, and the frame is skipped. */
  readonly claim: () => Uint8Array | undefined;
  /** The buffer that `claim` gave is full. `jpeg` is the same picture as the camera compressed it. */
  readonly onFrame: (stamp: FrameStamp, jpeg?: Uint8Array) => void;
  readonly onSkipped: () => void;
  /** A compressed picture came that is none. */
  readonly onCorrupt: () => void;
  /** What comes is nothing that can be read; nothing is read after it. */
  readonly onRubbish: (text: string) => void;
}

/** What reads a camera program's output, whatever pieces it arrives in. */
export interface ProgramOutput {
  push(chunk: Uint8Array): void;
  /** Bytes of a frame that is not whole yet. */
  readonly partialBytes: number;
}
