import 'vitest';

/** What the campaign's tests leave for its table (scripts/test-faults.js). */
declare module 'vitest' {
  interface TaskMeta {
    row?: {
      readonly id: string;
      readonly fault: string;
      readonly expected: string;
      readonly text: string;
      readonly ms: number | undefined;
      readonly boundMs: number | undefined;
    };
    note?: string;
    /** Of the random faults: the longest time to neutral of each kind. */
    neutralTimes?: readonly {
      readonly fault: string;
      readonly times: number;
      readonly worstMs: number;
      readonly withinMs: number;
    }[];
    held?: readonly { readonly id: string; readonly fault: string; readonly where: string }[];
  }
}
