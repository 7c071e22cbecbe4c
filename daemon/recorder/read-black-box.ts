import { z } from 'zod';
import { parseJson } from '../platform/line-channel.ts';
import { UserError } from '../platform/user-error.ts';
import { carEventSchema, type EventCode, eventTexts } from '../protocol/events.ts';

/** Its code may be of another version of the car. */
const eventSchema = carEventSchema.pick({ detail: true }).extend({ code: z.string() });

/** Of each line, as much as is told: what else stands there is for programs. */
const entrySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('step'), atMs: z.number(), mode: z.string() }),
  z.object({ kind: z.literal('event'), atMs: z.number(), event: eventSchema }),
  z.object({ kind: z.literal('picture'), atMs: z.number(), jpeg: z.base64() }),
  z.object({ kind: z.enum(['actuation', 'detections', 'perception']), atMs: z.number() }),
]);

/** Something that a person wants to know of a drive. */
export interface Happening {
  /** Before the end of the box: negative. */
  readonly atS: number;
  readonly what: string;
}

export interface ReadBlackBox {
  readonly lengthS: number;
  /** Modes as they changed, and events, oldest first. */
  readonly happenings: readonly Happening[];
  readonly pictures: readonly { readonly atS: number; readonly jpeg: Uint8Array }[];
}

/**
 * What a black box tells, of the text of its file. Lines of a kind that is not known, as another version writes them, are passed over.
 * @throws UserError for a file that is no black box, naming the line.
 */
export function readBlackBox(file: string, text: string): ReadBlackBox {
  const entries = text.split('\n').flatMap((line, at) => (line.trim() === '' ? [] : [entryOf(file, line, at + 1)]));
  const known = entries.filter((entry) => entry !== undefined);
  const endMs = known.at(-1)?.atMs;
  if (endMs === undefined) throw noBlackBox(file, 'it holds nothing that is known');
  const atS = (atMs: number) => (atMs - endMs) / 1000;
  let mode: string | undefined;
  const happenings: Happening[] = [];
  const pictures: { atS: number; jpeg: Uint8Array }[] = [];
  for (const entry of known) {
    if (entry.kind === 'step' && entry.mode !== mode) {
      happenings.push({
        atS: atS(entry.atMs),
        what: mode === undefined ? `mode ${entry.mode}` : `mode ${mode} → ${entry.mode}`,
      });
      mode = entry.mode;
    }
    if (entry.kind === 'event') {
      const { code, detail } = entry.event;
      happenings.push({
        atS: atS(entry.atMs),
        what: `${textOf(code)}${detail === undefined ? '' : ` (${detail})`}`,
      });
    }
    if (entry.kind === 'picture') pictures.push({ atS: atS(entry.atMs), jpeg: Buffer.from(entry.jpeg, 'base64') });
  }
  return { lengthS: -atS(known[0]!.atMs), happenings, pictures };
}

/** The event's text; its code as it stands where this version has none for it. */
function textOf(code: string): string {
  return isKnown(code) ? eventTexts[code].text : code;
}

function isKnown(code: string): code is EventCode {
  return Object.hasOwn(eventTexts, code);
}

function entryOf(file: string, line: string, number: number): z.infer<typeof entrySchema> | undefined {
  const json = parseJson(line);
  if (!json.ok) throw noBlackBox(file, `line ${number} is no JSON`);
  return entrySchema.safeParse(json.value).data;
}

function noBlackBox(file: string, why: string): UserError {
  return new UserError(
    `${file} is no black box: ${why}. Right would be a black-box-TIME-REASON.jsonl of a car's state folder: ` +
      '"jetson-car black-box" lists those that are here.',
  );
}
