import { rates } from '../protocol/rates.ts';
import type { ClientMessage } from '../protocol/remote-messages.ts';
import type { ControlClient } from './control-client.ts';

export type DriveMessage = Extract<ClientMessage, { kind: 'drive' }>;

/** What becomes of a drive command, by the name under which it is counted. */
export type DriveVerdict = 'accepted' | 'stale' | 'reordered' | 'excess';

/**
 * Whether a command of the phone that drives counts: it must be of its session, newer than the last, not too old and not one of
 * too many. What it says of the stick is noted also where it is too old or too many.
 * @param inputAgeMs since the human input that made it
 * @param sessionNeeded whether it must carry the id of its session, so that none recorded elsewhere counts again; one that carries
 * another session's never counts
 */
export function judgeDrive(
  client: ControlClient,
  message: DriveMessage,
  { receivedAtMs, inputAgeMs, sessionNeeded }: { receivedAtMs: number; inputAgeMs: number; sessionNeeded: boolean },
): DriveVerdict {
  const { session, sequence, steering, throttle } = message;
  const isOfSession = session === undefined ? !sessionNeeded : session === client.sessionId;
  if (!isOfSession || (client.lastSequence !== undefined && sequence <= client.lastSequence)) return 'reordered';
  client.lastStick = { steering, throttle };
  const isLate = inputAgeMs > rates.driverNeutralAfterMs;
  if (!isLate && !client.mayDrive(receivedAtMs)) return 'excess';
  client.lastSequence = sequence;
  return isLate ? 'stale' : 'accepted';
}
