/**
 * What another device opens to reach the car: the way that this one came, which it is seen to answer at; but what leads from the
 * car's own screen to the car leads elsewhere to nothing, and there it is one of the car's own `urls`. Undefined where none is known.
 */
export function addressForOthers(
  here: { readonly origin: string; readonly hostname: string },
  urls: readonly string[] | undefined,
): string | undefined {
  return isOfThisMachine(here.hostname) ? urls?.[0] : here.origin;
}

/** @param name as `location.hostname` has it. */
function isOfThisMachine(name: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|\[::1\]|(.+\.)?localhost)$/.test(name);
}
