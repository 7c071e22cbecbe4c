/** Values to change, nested as in the file; `null` gives a value back to the preset. */
export type ConfigChanges = { readonly [key: string]: unknown };

/** What is said of changes that are refused: whoever asks for them sees values, and neither a file nor a command line. */
export const ofAChange = { what: 'this cannot be set', cure: '\nNothing was changed.' } as const;

export interface Leaf {
  readonly path: string[];
  readonly value: unknown;
}

/** Objects are walked through, everything else is a value. */
export function leaves(changes: ConfigChanges, path: readonly string[] = []): Leaf[] {
  return Object.entries(changes).flatMap(([key, value]) => {
    const here = [...path, key];
    return isGroup(value) ? leaves(value, here) : [{ path: here, value }];
  });
}

/** What takes these changes back: what `kept` holds where they would be written, and `null` where it holds nothing. */
export function inverseOf(changes: ConfigChanges, kept: unknown): ConfigChanges {
  const groups = isGroup(kept) ? kept : {};
  const inverse = Object.entries(changes).map(([key, value]) => {
    const before = Object.hasOwn(groups, key) ? groups[key] : null;
    return [key, isGroup(value) ? inverseOf(value, before) : before];
  });
  return Object.fromEntries(inverse);
}

function isGroup(value: unknown): value is ConfigChanges {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
