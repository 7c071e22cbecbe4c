import { apiErrorSchema } from '../../../daemon/protocol/api-errors.ts';
import { type Session, sessionSchema } from '../../../daemon/protocol/pairing.ts';

const answerLimitMs = 4000;

/** What this device is to the car; undefined when the car does not say, because it is off or far away. */
export async function askSession(): Promise<Session | undefined> {
  try {
    const response = await fetch('/api/session', { signal: AbortSignal.timeout(answerLimitMs) });
    return sessionSchema.safeParse(await response.json()).data;
  } catch {
    return undefined;
  }
}

export function needsPairing(session: Session | undefined): boolean {
  return session?.pairingNeeded === true && session.role === null;
}

/** Why pairing did not work, for the texts table; how long to wait, where the car says so. */
export interface PairingRefusal {
  readonly why: 'wrong-code' | 'pairing-closed' | 'too-many-tries' | 'too-many-devices' | 'bad-name' | 'no-answer';
  readonly waitMin: number;
}

const known: readonly PairingRefusal['why'][] = ['wrong-code', 'pairing-closed', 'too-many-tries', 'too-many-devices'];

/** Pairs this browser, which keeps its token as a cookie that no script can read. Undefined when it is paired. */
export async function pairThisDevice(code: string, name: string): Promise<PairingRefusal | undefined> {
  try {
    const response = await fetch('/api/pair', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ code, name }),
      signal: AbortSignal.timeout(answerLimitMs),
    });
    if (response.ok) return undefined;
    const answer = apiErrorSchema.safeParse(await response.json());
    const waitMin = Math.ceil(Number(response.headers.get('Retry-After') ?? 0) / 60);
    if (response.status === 422) return { why: 'bad-name', waitMin };
    return { why: known.find((one) => one === answer.data?.error.code) ?? 'no-answer', waitMin };
  } catch {
    return { why: 'no-answer', waitMin: 0 };
  }
}
