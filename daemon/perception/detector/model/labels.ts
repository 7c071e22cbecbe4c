import { isDeepStrictEqual } from 'node:util';
import { plural } from '../../../platform/plural.ts';
import { ToldError } from '../../../platform/user-error.ts';
import { trouble } from '../../../protocol/troubles.ts';
import { cocoLabels, cocoLabelsByNumber } from './coco-labels.ts';
import type { ModelFile } from './model-file.ts';

/**
 * The labels that Ultralytics writes into a network's metadata as `names`: a Python or JSON dictionary from class
 * number to name, or a list of names; of others, names on lines of their own or with commas between. Undefined when the
 * text is none of these.
 */
export function parseNames(text: string): readonly string[] | undefined {
  const numbered = [...text.matchAll(/(\d+)["']?\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g)];
  if (text.trim().startsWith('{')) {
    const labels: string[] = [];
    for (const [, number, single, double] of numbered) labels[Number(number)] = unquote(single ?? double ?? '');
    // A gap in the numbers is a class without a name.
    return labels.length > 0 && labels.length < 100_000 ? Array.from(labels, nameOf) : undefined;
  }
  if (!text.trim().startsWith('[')) return listedPlainly(text);
  const listed = [...text.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g)];
  const labels = listed.map(([, single, double]) => unquote(single ?? double ?? ''));
  return labels.length > 0 ? labels.map(nameOf) : undefined;
}

function listedPlainly(text: string): readonly string[] | undefined {
  const names = text
    .trim()
    .split(text.trim().includes('\n') ? '\n' : ',')
    .map((name) => name.trim());
  return names.length > 1 && names.every((name) => name !== '') ? names : undefined;
}

function nameOf(label: string | undefined, classId: number): string {
  return label === undefined || label === '' ? `class ${classId}` : label;
}

function unquote(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))/g, (_, byte, unit, plain) =>
    plain === undefined ? String.fromCharCode(Number.parseInt(byte ?? unit, 16)) : plain === 'n' ? '\n' : plain,
  );
}

/** Where exporters put labels: Ultralytics, then others. */
const labelKeys = ['names', 'classes', 'class_names', 'labels'];

/**
 * The labels a network comes with, before anything is known of its head, and where they stand. Those of the card go
 * before those in the metadata: it is how people correct what an exporter wrote.
 */
export function statedLabels(model: ModelFile): { labels: readonly string[]; where: string } | undefined {
  const own = labelsInMetadata(model);
  const { card } = model;
  if (card?.content.classes === undefined) return own;
  const { classes } = card.content;
  const instead = own === undefined || isDeepStrictEqual(own.labels, classes) ? '' : `, instead of ${own.where}`;
  return { labels: classes, where: `"classes" in ${card.file}${instead}` };
}

function labelsInMetadata({ file, facts }: ModelFile): ReturnType<typeof statedLabels> {
  for (const key of labelKeys) {
    const labels = parseNames(facts.metadata[key] ?? '');
    if (labels !== undefined) return { labels, where: `"${key}" in the metadata of ${file}` };
  }
  return undefined;
}

/**
 * One label for each class: as the network's card or the network itself states them, else COCO's for 80 classes and for the 91 numbers that COCO gives
 * them, else "class 0", "class 1", …
 * @throws UserError when the network states another number of labels than its head has classes.
 */
export function labelsFor(model: ModelFile, classCount: number): readonly string[] {
  const stated = statedLabels(model);
  if (stated === undefined) {
    if (classCount === cocoLabelsByNumber.length) return cocoLabelsByNumber;
    return classCount === cocoLabels.length ? cocoLabels : Array.from({ length: classCount }, (_, id) => `class ${id}`);
  }
  if (stated.labels.length !== classCount) {
    throw new ToldError(
      trouble('network-labels-unfit', { file: model.file, classes: classCount, labels: stated.labels.length }),
      `the head of ${model.file} has ${plural(classCount, 'class', 'es')}, but ${stated.where} lists ${plural(stated.labels.length, 'label')}. ` +
        'List one for each class in its card, in the network\'s own order; where it counts from 1, the first is "background".',
    );
  }
  return stated.labels;
}
