import type { Connection } from '../../../../daemon/protocol/car-link.ts';

/** What stands on every screen, and on the one that a phone sees before it is paired. */
export const page = {
  languageName: 'English',
  screens: { drive: 'Drive', telemetry: 'Telemetry', setUp: 'Set up' },
  screenNavigation: 'Screens',
  loadingScreen: 'Loading…',
  screenNotLoaded: 'This part of the page could not be loaded. Is the car on?',
  tryAgain: 'Try again',
  pairing: {
    title: 'Pair with the car',
    removed: 'The car does not know this device any more: it was removed. What it drove was stopped.',
    open: 'The car shows a code: on its terminal, in its log, or on its screen. Type it in here.',
    closed: 'Pairing is closed. At the car, press its button or run: jetson-car pair',
    codeIs: 'Code for other devices:',
    code: 'Code',
    name: 'Name of this device',
    defaultName: 'My phone',
    go: 'Pair',
    fingerprint: 'SHA-256 of the car’s certificate:',
    refusals: {
      'wrong-code': () => 'This is not the code that the car shows.',
      'pairing-closed': () => 'Pairing is closed: open it at the car.',
      'too-many-tries': (minutes: number) => `Too many tries. Wait ${minutes} min.`,
      'too-many-devices': () => 'Too many devices are paired. Remove some on a phone that drives.',
      'bad-name': () => 'The name must be one line of 1 to 40 characters.',
      'no-answer': () => 'The car did not answer. Is it on?',
    },
  },
  connections: {
    connecting: 'Connecting…',
    connected: 'Connected',
    lost: 'Lost, trying again…',
    replaced: 'Opened elsewhere',
  } satisfies Record<Connection, string>,
  close: 'Close',
  notNow: 'Not now',
};

export type PageTexts = typeof page;
