import { readFileSync } from 'node:fs';
import { expect, it, test } from 'vitest';
import { createCoreTeller, createKeepApart, newNetworkCore } from './keep-apart.ts';
import { maskWithout, type ProcessorCores, processorCores } from './processor-cores.ts';

/** A thread that is put on the core beside the one it leaves. */
function threadOn(core: number): ProcessorCores & { core: number } {
  return {
    core,
    current() {
      return this.core;
    },
    leave(left) {
      this.core = left + 1;
      return this.core;
    },
  };
}

test('pictures are brought into shape on another core than the network runs on', () => {
  const networkCore = newNetworkCore();
  const [network, pictures] = [threadOn(0), threadOn(0)];
  const tell = createCoreTeller(network, networkCore);
  const keepApart = createKeepApart(pictures, networkCore);
  keepApart();
  expect(pictures.core, 'the network has not run yet').toBe(0);
  tell();
  keepApart();
  expect(pictures.core).toBe(1);
  keepApart();
  expect(pictures.core, 'nobody is on its core').toBe(1);
  network.core = 1;
  tell();
  keepApart();
  expect(pictures.core).toBe(2);
});

test('where cores cannot be told both go on where they are', () => {
  const networkCore = newNetworkCore();
  createCoreTeller(undefined, networkCore)();
  expect(networkCore[0]).toBe(0);
  const pictures = threadOn(0);
  createKeepApart(pictures, networkCore)();
  createKeepApart({ ...pictures, current: () => -1 }, networkCore)();
  createKeepApart(undefined, networkCore)();
  expect(pictures.core).toBe(0);
});

it('takes one core out of those that may be used, and never the last', () => {
  expect(maskWithout(Uint8Array.of(0b0011, 0), 0)).toEqual(Uint8Array.of(0b0010, 0));
  expect(maskWithout(Uint8Array.of(0b0001, 0b1000), 11)).toEqual(Uint8Array.of(0b0001, 0));
  expect(maskWithout(Uint8Array.of(0b0001, 0), 9)).toEqual(Uint8Array.of(0b0001, 0));
  expect(maskWithout(Uint8Array.of(0b0001, 0), 99)).toEqual(Uint8Array.of(0b0001, 0));
  expect(maskWithout(Uint8Array.of(0b0100, 0), 2)).toBeUndefined();
});

/** A list such as `0-1,4`. */
const allowedCores = (): number[] => {
  const [, list = ''] = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/thread-self/status', 'utf8')) ?? [];
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
};

test.runIf(process.platform === 'linux')('a thread goes to another core, and may still use all that it could', () => {
  const cores = processorCores()!;
  const allowed = allowedCores();
  expect(allowed).toContain(cores.current());
  for (const core of allowed) {
    const went = cores.leave(core);
    if (allowed.length === 1) expect(went).toBeUndefined();
    else expect(allowed.filter((other) => other !== core)).toContain(went);
  }
  expect(allowedCores()).toEqual(allowed);
});
