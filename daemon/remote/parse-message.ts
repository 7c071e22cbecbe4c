import { parseUntrustedJson } from '../platform/untrusted-json.ts';
import { type ClientMessage, clientMessageSchema } from '../protocol/remote-messages.ts';

export type ParsedMessage =
  | { readonly kind: 'message'; readonly message: ClientMessage }
  | { readonly kind: 'invalid'; readonly text: string };

/** The border: from the bytes of one message to something that can be trusted to be within its bounds. Never throws. */
export function parseMessage(bytes: Uint8Array, isBinary: boolean): ParsedMessage {
  if (isBinary) return { kind: 'invalid', text: 'binary' };
  const json = parseUntrustedJson(bytes);
  if (!json.ok) return { kind: 'invalid', text: json.text };
  const parsed = clientMessageSchema.safeParse(json.value);
  return parsed.success
    ? { kind: 'message', message: parsed.data }
    : { kind: 'invalid', text: 'not a message of the protocol' };
}
