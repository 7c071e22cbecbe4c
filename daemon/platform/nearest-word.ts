/**
 * The known word that a misspelled one most likely means: fewest letters to change, and not more than a third of them.
 * Undefined when none is near.
 */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, changes: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.changes - b.changes);
  const best = ranked[0];
  return best !== undefined && best.changes <= Math.max(1, word.length / 3) ? best.candidate : undefined;
}

/** Letters to insert, remove or replace, and neighbours to exchange (Damerau's, as optimal string alignment). */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = last[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      const exchanged = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      row.push(Math.min(replaced, last[j]! + 1, row[j - 1]! + 1, exchanged ? beforeLast[j - 2]! + 1 : replaced));
    }
    beforeLast = last;
    last = row;
  }
  return last[to.length]!;
}
