import type { BoardReadings } from '../protocol/board.ts';
import { boardHints, temperatureLevel } from './hints.ts';
import { type BoardSample, readBoard } from './read-board.ts';
import type { TegrastatsReadings } from './tegrastats.ts';

export interface BoardWatchOptions {
  /** The folder that stands for `/`. */
  readonly root: string;
  /** A folder on the disk whose space counts. */
  readonly disk: string;
  readonly onReadings: (readings: BoardReadings) => void;
  /** A second source, for what the files do not say; the newest line of tegrastats. */
  readonly tegrastats?: () => TegrastatsReadings;
  readonly periodMs?: number;
}

/** Once a second is enough: it is two dozen small files, and heat is slow. */
const usualPeriodMs = 1000;

/** Reads the board until it is stopped. One sample at a time; a slow disk makes fewer of them, not more. */
export function startBoardWatch(options: BoardWatchOptions): { stop(): void } {
  let before: BoardSample | undefined;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const sample = async (): Promise<void> => {
    before = await readBoard(options.root, options.disk, before);
    if (stopped) return;
    options.onReadings(judgedReadings({ ...options.tegrastats?.(), ...before.readings }));
    timer = setTimeout(() => void sample(), options.periodMs ?? usualPeriodMs);
    timer.unref();
  };
  void sample();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** The readings with what follows from them. */
export function judgedReadings(readings: BoardReadings): BoardReadings {
  const level = temperatureLevel(readings);
  return { ...readings, ...(level !== undefined && { temperatureLevel: level }), hints: boardHints(readings) };
}
