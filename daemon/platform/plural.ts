/** So many of a thing: "1 class", "2 classes". */
export function plural(count: number, word: string, ending = 's'): string {
  return `${count} ${word}${count === 1 ? '' : ending}`;
}
