import type { BoardReadings, ReadingLevel } from '../protocol/board.ts';
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
  let level: ReadingLevel | undefined;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const sample = async (): Promise<void> => {
    before = await readBoard(options.root, options.disk, before);
    if (stopped) return;
    const judged = judgedReadings({ ...options.tegrastats?.(), ...before.readings }, level);
    level = judged.temperatureLevel;
    options.onReadings(judged);
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

/** The readings with what follows from them, and from the level before. */
export function judgedReadings(readings: BoardReadings, before?: ReadingLevel): BoardReadings {
  const level = temperatureLevel(readings, before);
  return { ...readings, ...(level !== undefined && { temperatureLevel: level }), hints: boardHints(readings) };
}
