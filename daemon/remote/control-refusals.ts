import type { ClientMessage, RefusalCode } from '../protocol/remote-messages.ts';

/** Those that need no more than their code. */
export type PlainRefusal = Exclude<RefusalCode, 'obstacles'>;

/** What a phone is told that may not do what it asked for, in English; pages say it by the code. */
export const refusalTexts: Readonly<Record<PlainRefusal, string>> = {
  'another-drives': 'Another phone drives. Take over first.',
  'another-drives-stop-is-open': 'Another phone drives. Stop is open to everyone.',
  'only-driver-releases': 'Only the driver can release the stop. Take over first.',
  'only-driver-hands-over': 'Another phone drives: only the driver can hand over.',
  'paired-to-watch': 'This phone is paired to watch. It may press stop; another phone can let it drive.',
  'receiver-watches': 'That phone is paired to watch.',
  'receiver-gone': 'That phone is gone.',
  'real-car': 'This car is a real one: put it back by hand',
  armed: 'The car is armed: disarm it first',
};

/** Why whoever does not drive is refused each of what only a driver may do. */
export const refusalsOfOthers: Readonly<
  Record<
    Extract<ClientMessage['kind'], 'arm' | 'set-mode' | 'disarm' | 'release-stop' | 'reset-simulated-car'>,
    PlainRefusal
  >
> = {
  arm: 'another-drives',
  'set-mode': 'another-drives',
  disarm: 'another-drives-stop-is-open',
  'release-stop': 'only-driver-releases',
  'reset-simulated-car': 'another-drives',
};
