import { z } from 'zod';

/**
 * What a person may be told of trouble, by code, with the names of what fills its sentence. The daemon says it in English beside
 * the code; a page of another language has a sentence for each of these, and shows the English behind it.
 */
export const troubleParameters = {
  // Networks that are refused.
  'network-missing': ['network'],
  'network-unreadable': ['file'],
  'network-not-onnx': ['file'],
  'network-too-large': ['file'],
  'network-weights-elsewhere': ['file'],
  'network-not-runnable': ['file'],
  'network-refused-by-runtime': ['file'],
  'network-refused-by-devices': ['file'],
  'network-input-unfit': ['file'],
  'network-layout-unknown': ['file'],
  'network-without-places': ['file'],
  'network-output-unfit': ['file', 'output'],
  'network-scores-missing': ['file', 'layout'],
  'network-labels-unfit': ['file', 'classes', 'labels'],
  'network-anchors-unfit': ['where'],
  'network-card-unfit': ['file'],
  'network-not-described': [],
  // What may go wrong with one that is used.
  'network-too-new-for-car': ['runtime'],
  'network-card-of-another': ['file'],
  'network-card-not-read': ['fields'],
  'network-takes-several': ['pictures'],
  'network-named-otherwise': ['named', 'layout'],
  'network-scores-coarse': ['step'],
  'runtime-library-unfit': ['file'],
  // Pins of the computer.
  'pins-package-missing': ['package'],
  'pins-missing': [],
  'pin-unknown': ['pin'],
  'pin-chip-missing': ['pin', 'chip'],
  'pin-line-unknown': ['chip', 'line', 'lines'],
  'pin-forbidden': ['pin'],
  'pin-taken': ['pin'],
  'pin-unusable': ['pin', 'cause'],
  'pwm-missing': ['pin'],
  'pwm-forbidden': ['pin'],
  'pwm-unusable': ['pin', 'cause'],
  'board-settings-lost': [],
  'board-refused': ['cause'],
  'output-enable-refused': ['pin'],
  'output-enable-raised': ['pin'],
  // The configuration, and what is changed of it from the page.
  'config-unreadable': ['file'],
  'config-unwritable': ['file'],
  'config-not-yaml': ['file'],
  'config-several-documents': ['file'],
  'config-unfit': ['file'],
  'command-line-unfit': [],
  'vehicle-unknown': ['vehicle'],
  'key-unknown': ['field'],
  'content-unfit': [],
  'value-unfit': ['field'],
  // A bound that may itself be taken, and one that may not.
  'value-too-small': ['field', 'least'],
  'value-not-above': ['field', 'floor'],
  'value-too-large': ['field', 'most'],
  'value-not-below': ['field', 'ceiling'],
  'list-too-short': ['field', 'least'],
  'list-too-long': ['field', 'most'],
  'text-too-short': ['field', 'least'],
  'text-too-long': ['field', 'most'],
  'value-not-changeable': ['field', 'file'],
  'value-not-under': ['field', 'value', 'other', 'otherValue'],
  'value-over': ['field', 'value', 'other', 'otherValue'],
  'pulse-not-between': ['field', 'value', 'one', 'oneValue', 'other', 'otherValue', 'apartUs'],
  'pulse-longer-than-period': ['field', 'value', 'pulseUs'],
  'fields-alike': ['one', 'other', 'place'],
  'address-of-all-boards': ['field'],
  'boards-alike': ['one', 'other'],
  'board-not-named': ['field'],
  'pin-of-simulated-car': ['field', 'place'],
  'pin-reserved': ['field', 'place'],
  'nothing-to-undo': [],
  'body-unfit': [],
  'devices-unwritable': ['file'],
  // The computer's power.
  'power-hindered': [],
  'power-failed': [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type TroubleCode = keyof typeof troubleParameters;
export const troubleCodes = Object.keys(troubleParameters) as TroubleCode[];

/** Any string for those who read the schema: the codes stand in docs/api.md once, not in each message that may have one. */
const codeSchema = z
  .string()
  .refine((code) => Object.hasOwn(troubleParameters, code)) as unknown as z.ZodType<TroubleCode>;
const plainTroubleSchema = z.object({
  code: codeSchema,
  parameters: z.record(z.string(), z.union([z.string(), z.number()])),
});
export const troubleSchema = plainTroubleSchema.extend({
  /** What exactly, where it is several things, as with a configuration. */
  because: z.array(plainTroubleSchema).optional(),
});
export type Trouble = z.infer<typeof troubleSchema>;
/** Beside a text that says the same: a code that the reader is too old for is none, and the text stands. */
export const troubleBesideText = troubleSchema.optional().catch(undefined);

export type TroubleFill<Code extends TroubleCode> = Readonly<
  Record<(typeof troubleParameters)[Code][number], string | number>
>;

/** Trouble with all that its sentence needs. */
export function trouble<Code extends TroubleCode>(
  code: Code,
  parameters: TroubleFill<Code>,
  because?: readonly Trouble[],
): Trouble {
  return { code, parameters, ...(because !== undefined && because.length > 0 && { because: [...because] }) };
}

/** A sentence in English, and what it is for pages of other languages. */
export interface ToldTrouble {
  readonly text: string;
  readonly trouble: Trouble;
}

/** What a value of a field was refused for, one for each sentence of the issue: unknown keys have one each. */
export function troublesOfIssue(issue: z.core.$ZodIssue): Trouble[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => trouble('key-unknown', { field: [...issue.path, key].join('.') }));
  }
  return [boundOf(issue) ?? unfitAt(issue.path)];
}

/** A value that is refused by what it is, or for what no code tells. */
export function unfitAt(path: readonly PropertyKey[]): Trouble {
  return path.length === 0 ? trouble('content-unfit', {}) : trouble('value-unfit', { field: path.join('.') });
}

/** The bound that a number, or the length of a list or of a text, has passed; undefined for what is refused otherwise. */
function boundOf(issue: z.core.$ZodIssue): Trouble | undefined {
  if ((issue.code !== 'too_small' && issue.code !== 'too_big') || issue.path.length === 0) return undefined;
  const field = issue.path.join('.');
  const isSmall = issue.code === 'too_small';
  const bound = Number(isSmall ? issue.minimum : issue.maximum);
  switch (issue.origin) {
    case 'number':
    case 'int':
      if (issue.inclusive === false) {
        return isSmall
          ? trouble('value-not-above', { field, floor: bound })
          : trouble('value-not-below', { field, ceiling: bound });
      }
      return isSmall
        ? trouble('value-too-small', { field, least: bound })
        : trouble('value-too-large', { field, most: bound });
    case 'array':
      return isSmall
        ? trouble('list-too-short', { field, least: bound })
        : trouble('list-too-long', { field, most: bound });
    case 'string':
      return isSmall
        ? trouble('text-too-short', { field, least: bound })
        : trouble('text-too-long', { field, most: bound });
    default:
      return undefined;
  }
}
