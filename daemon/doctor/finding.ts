/** What one look found. Whatever is not well has a cure in one line; `needs-car` is no illness. */
export type Finding =
  | { readonly check: string; readonly verdict: 'well' | 'needs-car'; readonly text: string }
  | { readonly check: string; readonly verdict: 'weak' | 'ill'; readonly text: string; readonly cure: string };

export function well(check: string, text: string): Finding {
  return { check, verdict: 'well', text };
}

export function weak(check: string, text: string, cure: string): Finding {
  return { check, verdict: 'weak', text, cure };
}

export function ill(check: string, text: string, cure: string): Finding {
  return { check, verdict: 'ill', text, cure };
}

/** Of what only a car has. */
export function needsCar(check: string): Finding {
  return { check, verdict: 'needs-car', text: 'simulated here; run the doctor on the car' };
}
