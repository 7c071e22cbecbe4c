import type { Phone, Target } from './target.ts';

/** What an attack finds: a car, the owner's phone that is connected all the while, and its token. */
export interface Scene {
  readonly target: Target;
  readonly owner: Phone;
  readonly ownerToken: string;
  /** Idle connections to open at once, and the like: few in every run, all on demand. */
  readonly load: number;
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
  run(scene: Scene): Promise<Outcome>;
}

/** Every one of these must be among the wanted. */
export function allAre(seen: readonly (number | string)[], ...wanted: readonly (number | string)[]): Outcome {
  const distinct = [...new Set(seen)];
  return { seen: distinct.join(', '), held: seen.length > 0 && seen.every((one) => wanted.includes(one)) };
}

/** What no attack here shows, and where it stands instead. */
export const elsewhere: readonly { readonly id: string; readonly attack: string; readonly where: string }[] = [
  { id: 'S31', attack: 'random and structured frames', where: 'npm run test:fuzz; a short one in every npm test' },
  {
    id: 'S32',
    attack: 'settings written while armed, or beyond their bounds',
    where: 'daemon/remote/api/answer-api.test.ts (409, 422), daemon/car/config-store.test.ts',
  },
  {
    id: 'S34',
    attack: 'networks that lie about themselves',
    where: 'daemon/perception/detector/model, test/bad-input.test.ts',
  },
  { id: 'S35', attack: 'uploads', where: 'not there: the remote takes no files' },
  {
    id: 'S40',
    attack: 'evil twin, ARP spoofing',
    where: 'residual: without TLS nothing tells a false car from the true one',
  },
  {
    id: 'S41',
    attack: 'listening in on the network',
    where: 'declared: plain HTTP on a network can be read (docs/remote-door.md)',
  },
  {
    id: 'S42',
    attack: 'deauthentication flood',
    where: 'needs radio hardware; for the car it is a lost phone (faults F2, F8)',
  },
  {
    id: 'S45',
    attack: 'unsigned or older update',
    where: 'nothing updates itself: who installs has a shell on the car',
  },
];
