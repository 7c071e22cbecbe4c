import {
  decodeStampedFrameHeader,
  type StampedFrameHeader,
  stampedFrameHeaderBytes,
} from '../../protocol/stamped-frame.ts';

export interface FrameAssemblerOptions {
  readonly framing: 'stamped' | 'raw';
  readonly widthPx: number;
  readonly heightPx: number;
  /** A buffer for the next frame's pixels; undefined when none is free, and the frame is skipped. */
  readonly claim: () => Uint8Array | undefined;
  /** The buffer that `claim` gave is full. `header` for `stamped` framing. */
  readonly onFrame: (header: StampedFrameHeader | undefined) => void;
  readonly onSkipped: () => void;
  /** Once; nothing is read after it. */
  readonly onRubbish: (text: string) => void;
}

export interface FrameAssembler {
  push(chunk: Uint8Array): void;
  /** Bytes of a frame that is not whole yet. */
  readonly partialBytes: number;
}

/** Cuts a camera program's output into frames, whatever pieces it arrives in. Pixels are copied once, into place. */
export function createFrameAssembler(options: FrameAssemblerOptions): FrameAssembler {
  const frameBytes = options.widthPx * options.heightPx * 3;
  const headerBytes = options.framing === 'stamped' ? stampedFrameHeaderBytes : 0;
  const headerBuffer = new Uint8Array(headerBytes);
  let header: StampedFrameHeader | undefined;
  let headerFilled = 0;
  let target: Uint8Array | undefined;
  let pixelsFilled = 0;
  let inPixels = false;
  let broken = false;

  const beginPixels = () => {
    inPixels = true;
    pixelsFilled = 0;
    target = options.claim();
  };
  const endFrame = () => {
    inPixels = false;
    headerFilled = 0;
    if (target === undefined) options.onSkipped();
    else options.onFrame(header);
  };
  const judgeHeader = (): string | undefined => {
    header = decodeStampedFrameHeader(headerBuffer);
    if (header === undefined) {
      return `it printed something that is no frame (it begins with "${printable(headerBuffer.subarray(0, 24))}")`;
    }
    if (header.widthPx === options.widthPx && header.heightPx === options.heightPx) return undefined;
    return `it sends ${header.widthPx}x${header.heightPx} pixels, but camera.widthPx and heightPx say ${options.widthPx}x${options.heightPx}`;
  };

  return {
    get partialBytes() {
      return headerFilled + (inPixels ? pixelsFilled : 0);
    },
    push(chunk) {
      let at = 0;
      while (at < chunk.length && !broken) {
        if (!inPixels && headerFilled < headerBytes) {
          const take = Math.min(headerBytes - headerFilled, chunk.length - at);
          headerBuffer.set(chunk.subarray(at, at + take), headerFilled);
          headerFilled += take;
          at += take;
          if (headerFilled < headerBytes) return;
          const text = judgeHeader();
          if (text !== undefined) {
            broken = true;
            options.onRubbish(text);
            return;
          }
        }
        if (!inPixels) beginPixels();
        const take = Math.min(frameBytes - pixelsFilled, chunk.length - at);
        target?.set(chunk.subarray(at, at + take), pixelsFilled);
        pixelsFilled += take;
        at += take;
        if (pixelsFilled === frameBytes) endFrame();
      }
    },
  };
}

/** Bytes as text for people, without what could steer a terminal. */
export function printable(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, '.');
}
