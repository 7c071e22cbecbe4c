import type { ProcessorCores } from './processor-cores.ts';

/**
 * The core that the network's thread runs on, counted from 1, in memory that both threads share; 0 when it has not run
 * yet or cannot know.
 */
export type NetworkCore = Int32Array<SharedArrayBuffer>;

export function newNetworkCore(): NetworkCore {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/** For the network's thread: call it before each run. */
export function createCoreTeller(cores: ProcessorCores | undefined, networkCore: NetworkCore): () => void {
  if (cores === undefined) return () => {};
  return () => Atomics.store(networkCore, 0, cores.current() + 1);
}

/**
 * For the thread that brings pictures into shape: call it before each, so that it does so beside the network and not in its
 * place. An answer from the network's thread wakes this one, and Linux may wake it on that thread's own core, where it goes first;
 * with two cores, of which the network fills one, it looks for no other one and leaves it there for good. What is done on two
 * cores is then done on one: of a network of 8 ms that cost a sixteenth.
 * @see https://github.com/torvalds/linux/blob/v6.12/kernel/sched/fair.c (select_idle_cpu, nr_idle_scan)
 */
export function createKeepApart(cores: ProcessorCores | undefined, networkCore: NetworkCore): () => void {
  if (cores === undefined) return () => {};
  return () => {
    const core = Atomics.load(networkCore, 0) - 1;
    if (core >= 0 && core === cores.current()) cores.leave(core);
  };
}
