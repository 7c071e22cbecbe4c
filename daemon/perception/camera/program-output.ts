import { createFrameAssembler, printable } from './frame-assembler.ts';
import { decodeGdpHeader, type GdpHeader, gdpHeaderBytes, PipelineClock } from './gdp.ts';
import { createJpegDecoder } from './jpeg-decoder.ts';
import { createJpegSplitter, wholeJpeg } from './jpeg-splitter.ts';
import type { FrameStamp, ProgramOutput, ProgramOutputOptions } from './program-output-types.ts';

export type * from './program-output-types.ts';

export function createProgramOutput(options: ProgramOutputOptions): ProgramOutput {
  const { camera, nowMs } = options;
  const arrival = (): FrameStamp => ({ capturedAtMs: nowMs() - camera.captureOffsetMs, source: 'arrival' });
  switch (camera.framing) {
    case 'stamped':
    case 'raw':
      return createFrameAssembler({
        framing: camera.framing,
        widthPx: camera.widthPx,
        heightPx: camera.heightPx,
        claim: options.claim,
        onFrame: (header) =>
          options.onFrame(
            header === undefined
              ? arrival()
              : { capturedAtMs: header.capturedAtMs, source: 'camera', frameId: header.frameId },
          ),
        onSkipped: options.onSkipped,
        onRubbish: options.onRubbish,
      });
    case 'jpeg': {
      const decoder = createJpegDecoder(options);
      return createJpegSplitter({
        onJpeg: (jpeg) => decoder.decode(jpeg, arrival()),
        onRubbish: options.onRubbish,
      });
    }
    case 'gdp-rgb':
    case 'gdp-jpeg':
    case 'gdp-jpeg-and-rgb':
      return createGdpReader(options, camera.framing);
  }
}

/** Pictures of a camera that wait for themselves decoded, the newest few. */
class WaitingJpegs {
  #waiting: { readonly timeMs: number; readonly jpeg: Uint8Array }[] = [];

  add(picture: { readonly timeMs: number; readonly jpeg: Uint8Array }): void {
    this.#waiting = [...this.#waiting, picture].slice(-mostWaitingJpegs);
  }

  /** The one of that time; a decoder may round it. Those before it were never decoded. */
  take(timeMs: number): Uint8Array | undefined {
    const gap = (each: { readonly timeMs: number }) => Math.abs(each.timeMs - timeMs);
    const [nearest] = [...this.#waiting].sort((one, other) => gap(one) - gap(other));
    if (nearest === undefined || gap(nearest) > timeRoundingMs) return undefined;
    this.#waiting = this.#waiting.filter((each) => each.timeMs > nearest.timeMs);
    return nearest.jpeg;
  }
}

/** A decoder in hardware has some pictures under way. */
const mostWaitingJpegs = 8;
const timeRoundingMs = 4;

/** A payload that announces more is none. */
const mostPayloadBytes = 64 << 20;

type GdpFraming = Extract<ProgramOutputOptions['camera']['framing'], `gdp-${string}`>;

/** Pixels go straight to their place; what is no picture is passed over. */
function createGdpReader(options: ProgramOutputOptions, framing: GdpFraming): ProgramOutput {
  const { camera, nowMs } = options;
  const frameBytes = camera.widthPx * camera.heightPx * 3;
  const clock = new PipelineClock(camera.captureOffsetMs);
  const decoder = createJpegDecoder(options);
  const compressed = new WaitingJpegs();
  const headerBuffer = new Uint8Array(gdpHeaderBytes);
  let headerFilled = 0;
  let header: GdpHeader | undefined;
  let target: Uint8Array | undefined;
  let filled = 0;
  let broken = false;

  /** Pixels are never compressed to as many bytes. */
  const isJpeg = (lengthBytes: number) =>
    framing === 'gdp-jpeg' || (framing === 'gdp-jpeg-and-rgb' && lengthBytes < frameBytes);
  const refuse = (text: string) => {
    broken = true;
    options.onRubbish(text);
  };
  const begin = () => {
    header = decodeGdpHeader(headerBuffer);
    filled = 0;
    if (header === undefined || header.lengthBytes > mostPayloadBytes) {
      refuse(
        `it printed something that is no GDP packet (it begins with "${printable(headerBuffer.subarray(0, 24))}")`,
      );
    } else if (!header.isBuffer || header.lengthBytes === 0) target = undefined;
    else if (isJpeg(header.lengthBytes)) target = new Uint8Array(header.lengthBytes);
    else if (header.lengthBytes === frameBytes) target = options.claim();
    else {
      refuse(
        `it sends pictures of ${header.lengthBytes} bytes, and ${camera.widthPx}x${camera.heightPx} RGB has ${frameBytes}`,
      );
    }
  };
  const end = ({ isBuffer, lengthBytes, timeMs }: GdpHeader) => {
    headerFilled = 0;
    if (!isBuffer || lengthBytes === 0) return;
    const arrivedAtMs = nowMs();
    const stamp: FrameStamp =
      timeMs === undefined
        ? { capturedAtMs: arrivedAtMs - camera.captureOffsetMs, source: 'arrival' }
        : { capturedAtMs: clock.capturedAtMs(timeMs, arrivedAtMs), source: 'camera' };
    if (framing === 'gdp-jpeg-and-rgb' && isJpeg(lengthBytes)) {
      // No sign of life: nobody drives by what was not decoded.
      if (target !== undefined && timeMs !== undefined) compressed.add({ timeMs, jpeg: target });
    } else if (target === undefined) options.onSkipped();
    else if (framing === 'gdp-jpeg') decoder.decode(wholeJpeg(target), stamp);
    else options.onFrame(stamp, timeMs === undefined ? undefined : compressed.take(timeMs));
  };

  return {
    get partialBytes() {
      return headerFilled < gdpHeaderBytes ? headerFilled : headerFilled + filled;
    },
    push(chunk) {
      let at = 0;
      while (at < chunk.length && !broken) {
        if (headerFilled < gdpHeaderBytes) {
          const take = Math.min(gdpHeaderBytes - headerFilled, chunk.length - at);
          headerBuffer.set(chunk.subarray(at, at + take), headerFilled);
          headerFilled += take;
          at += take;
          if (headerFilled < gdpHeaderBytes) return;
          begin();
          if (broken || header === undefined) return;
        }
        if (header === undefined) return;
        const take = Math.min(header.lengthBytes - filled, chunk.length - at);
        target?.set(chunk.subarray(at, at + take), filled);
        filled += take;
        at += take;
        if (filled === header.lengthBytes) end(header);
      }
    },
  };
}
