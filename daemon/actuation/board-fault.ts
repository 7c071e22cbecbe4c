import { type Trouble, trouble } from '../protocol/troubles.ts';
import type { PinError } from './pins/pins.ts';

/** Why a board cannot drive. */
export interface BoardFault {
  /** An errno name, `starting`, `register-divergence`. */
  readonly cause: string;
  readonly text: string;
  /** The text by its code, where it has one. */
  readonly trouble?: Trouble | undefined;
}

/** A fault for which the outputs were to be cut off by their wire, which did not obey. */
export function withRefusedCut(fault: BoardFault, refusal: PinError | undefined): BoardFault {
  if (refusal === undefined || fault.text === refusal.message) return fault;
  const first = fault.trouble ?? trouble('board-refused', { cause: fault.cause });
  return {
    cause: fault.cause,
    text: `${fault.text}; and ${refusal.message}`,
    trouble: { ...refusal.trouble, because: [...flat(first), ...(refusal.trouble.because ?? [])] },
  };
}

/** Troubles are told one level deep. */
function flat({ code, parameters, because = [] }: Trouble): Trouble[] {
  return [{ code, parameters }, ...because];
}
