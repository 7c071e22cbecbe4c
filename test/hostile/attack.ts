import type { Phone, Target } from './target.ts';

/** What an attack finds: a car, the owner's phone, which is connected while it lasts, and its token. */
export interface Scene {
  readonly target: Target;
  readonly owner: Phone;
  readonly ownerToken: string;
  /** Few idle connections, and no waiting for their end, in every run; many, to the end, on demand. */
  readonly thoroughness: 'short' | 'full';
  /** A certificate that is not the car's, for the same names. */
  readonly falseCertificate: { readonly keyPem: string; readonly certificatePem: string };
  /** Opens pairing on the car itself, and says the code. */
  openPairing(role: 'driver' | 'viewer'): Promise<string>;
  /** Pairs one more device, by a code asked for on the car itself. */
  pair(role: 'driver' | 'viewer', name: string): Promise<{ id: string; token: string }>;
}

export interface Outcome {
  readonly seen: string;
  readonly held: boolean;
}

export interface Attack {
  readonly id: string;
  readonly attack: string;
  readonly expected: string;
  /** Where the expected has a measure. */
  readonly bound?: string;
  run(scene: Scene): Promise<Outcome>;
}

/** The owner takes the wheel back and releases the stop, and says so again until it was heard. */
export async function releaseStop({ target, owner }: Scene): Promise<void> {
  const insist = setInterval(() => {
    owner.send({ kind: 'take-over' });
    owner.send({ kind: 'release-stop' });
  }, 300);
  try {
    await target.car.until('the release', ({ mode }) => mode === 'disarmed');
  } finally {
    clearInterval(insist);
  }
}

/** Every one of these must be among the wanted. */
export function allAre(seen: readonly (number | string)[], ...wanted: readonly (number | string)[]): Outcome {
  const distinct = [...new Set(seen)];
  return { seen: distinct.join(', '), held: seen.length > 0 && seen.every((one) => wanted.includes(one)) };
}

/** Of a car that is started anew: test/hostile.test.ts makes these itself, at the end. */
export const attacksOnStarting = {
  S13: {
    id: 'S13',
    attack: 'pairing without anybody at the car',
    expected: 'refused (403), the owner is still known',
  },
  S14: { id: 'S14', attack: 'the list of devices is damaged', expected: 'closed for all, pairing too' },
} as const;

/** What no attack here shows, and where it stands instead. */
export const elsewhere: readonly {
  readonly id: string;
  readonly attack: string;
  readonly expected: string;
  readonly where: string;
}[] = [
  {
    id: 'S31',
    attack: 'random and structured frames',
    expected: 'none gets the parser to throw, nor a value beyond its bounds through',
    where: 'daemon/remote/message-fuzz.test.ts, in every npm test; npm run test:fuzz for a million',
  },
  {
    id: 'S34',
    attack: 'networks that lie about themselves',
    expected: 'refused before it is loaded; loaded in a process of its own',
    where: 'daemon/perception/detector/model, test/bad-input.test.ts',
  },
  {
    id: 'S42',
    attack: 'deauthentication flood',
    expected: 'a lost phone: neutral, then disarmed',
    where: 'needs radio hardware; for the car it is a lost phone (faults F2, F8)',
  },
];
