/**
 * How a language says what the car says in English: sentences as they are, and patterns for those that hold a number or a name.
 * `$1` stands for what the first group of a pattern found.
 */
export interface CarWords {
  readonly sentences: Readonly<Record<string, string>>;
  readonly patterns: readonly (readonly [pattern: RegExp, words: string])[];
  /** What the car calls its parts, wherever in a sentence that stands. */
  readonly names?: readonly (readonly [pattern: RegExp, words: string])[];
}

/**
 * The car's own words in those of a language. What it does not know stays as it is: a driver's error message or a file's name
 * helps more in English than not at all. Several sentences are joined by `; `, and one may explain another in brackets or behind
 * a colon.
 */
export function inWordsOf(words: CarWords, text: string): string {
  const named = (words.names ?? []).reduce((said, [pattern, name]) => said.replace(pattern, name), text);
  return (
    known(words, named) ??
    named
      .split('; ')
      .map((sentence) => oneSentence(words, sentence))
      .join('; ')
  );
}

function oneSentence(words: CarWords, sentence: string): string {
  const whole = known(words, sentence);
  if (whole !== undefined) return whole;
  const bracket = /^(.+) \(([^()]+)\)$/.exec(sentence);
  if (bracket !== null) return `${part(words, bracket[1])} (${part(words, bracket[2])})`;
  const colon = /^([^:]+): (.+)$/.exec(sentence);
  if (colon !== null) return `${part(words, colon[1])}: ${part(words, colon[2])}`;
  return sentence;
}

function part(words: CarWords, text: string | undefined): string {
  return text === undefined ? '' : (known(words, text) ?? text);
}

function known({ sentences, patterns }: CarWords, text: string): string | undefined {
  const sentence = Object.hasOwn(sentences, text) ? sentences[text] : undefined;
  if (sentence !== undefined) return sentence;
  const fitting = patterns.find(([pattern]) => pattern.test(text));
  return fitting === undefined ? undefined : text.replace(fitting[0], fitting[1]);
}
