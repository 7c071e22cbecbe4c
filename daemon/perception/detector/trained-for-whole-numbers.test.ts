import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../test/harness/test-folders.ts';
import { blindConvolution, graphNetwork, type NetworkNode, networkNode as node } from '../testing/graph-network.ts';
import { scalar } from '../testing/graphs.ts';
import { createDetector } from './detector.ts';

/** Networks that were trained with whole numbers in mind, and what that leaves between their last convolutions and their outputs. */
const folder = testFolder('trained-for-whole-numbers');
let files = 0;

const strides = [8, 16, 32];
/** Centre x and y within the cell, logarithms of the sides, in strides. */
const box = [-0.25, 0.5, 0.75, -0.5];
const heads = [box, [-6], [-4, -5, -6]];
/** Of 8 bits without a sign, 0 in the middle. */
const constants = [
  ...[scalar('scale', 0.0625), scalar('zero', 128, 2), scalar('least', 0, 2), scalar('most', 255, 2)],
  ...[scalar('signed zero', 0, 3), scalar('signed least', -127, 3), scalar('signed most', 127, 3)],
  ...[scalar('lowest', -8), scalar('highest', 8), scalar('half', 8), scalar('nothing', 0), scalar('six', 6)],
  ...[scalar('low step', -128), scalar('high step', 127)],
];

/** YOLOX's nine grids, each with these nodes between its convolution and its output. */
function save(between: (from: string, to: string) => readonly NetworkNode[]): string {
  const parts = strides.flatMap((stride) =>
    heads.map((channels, at) => ({ stride, channels, name: `${'brc'[at]}${stride}` })),
  );
  const convolutions = parts.map(({ name, stride, channels }) => blindConvolution(`${name} raw`, stride, channels));
  const modelFile = join(folder, `network-${files++}.onnx`);
  writeFileSync(
    modelFile,
    graphNetwork({
      nodes: [
        ...convolutions.flatMap(({ nodes }) => nodes),
        ...parts.flatMap(({ name }) => between(`${name} raw`, name)),
      ],
      tensors: [...constants, ...convolutions.flatMap(({ tensors }) => tensors)],
      outputs: parts.map(({ name, stride, channels }) => ({
        name,
        shape: [1, channels.length, 64 / stride, 64 / stride],
      })),
    }),
  );
  return modelFile;
}

async function layoutOf(between: Parameters<typeof save>[0]): Promise<string> {
  const modelFile = save(between);
  const detector = await createDetector({ modelFile, scoreThreshold: 0.25, iouThreshold: 0.5, threads: 1 });
  await detector.close();
  return detector.info.layout;
}

/** Whole numbers of 8 bits, and something done to them. */
function quantised(zero: string, inner: (from: string, to: string) => readonly NetworkNode[]) {
  return (from: string, to: string) => [
    node('QuantizeLinear', [from, 'scale', zero], `${to} q`),
    ...inner(`${to} q`, `${to} b`),
    node('DequantizeLinear', [`${to} b`, 'scale', zero], to),
  ];
}

describe('a YOLOX that was trained for whole numbers is read', () => {
  it.each([
    {
      where: 'the whole numbers between two of its nodes are held to their range',
      between: quantised('zero', (from, to) => [node('Clip', [from, 'least', 'most'], to)]),
    },
    {
      where: 'and to a range that is alike on both sides',
      between: quantised('signed zero', (from, to) => [node('Clip', [from, 'signed least', 'signed most'], to)]),
    },
    {
      where: 'by two nodes',
      between: quantised('zero', (from, to) => [
        node('Max', [from, 'least'], `${to} m`),
        node('Min', ['most', `${to} m`], to),
      ]),
    },
    {
      where: 'its floats are held to a range that was learnt',
      between: (from: string, to: string) => [
        node('Clip', [from, 'lowest', 'highest'], `${to} c`),
        ...quantised('zero', (q, b) => [node('Identity', [q], b)])(`${to} c`, to),
      ],
    },
    {
      where: 'rounding is written in plain operators',
      between: (from: string, to: string) => [
        node('Div', [from, 'scale'], `${to} d`),
        node('Clip', [`${to} d`, 'low step', 'high step'], `${to} c`),
        node('Round', [`${to} c`], `${to} r`),
        node('Mul', [`${to} r`, 'scale'], to),
      ],
    },
    {
      where: 'rounding is about another zero',
      between: (from: string, to: string) => [
        node('Mul', [from, 'half'], `${to} d`),
        node('Add', [`${to} d`, 'six'], `${to} a`),
        node('Round', [`${to} a`], `${to} r`),
        node('Sub', [`${to} r`, 'six'], `${to} s`),
        node('Div', [`${to} s`, 'half'], to),
      ],
    },
  ])('where $where', async ({ between }) => {
    expect(await layoutOf(between)).toBe('yolox-raw-heads');
  });
});

describe('distances that were trained for whole numbers are still refused', () => {
  const words = /as those of FCOS and ATSS do: distances/;
  it.each([
    {
      where: 'no number is let below 0',
      between: (from: string, to: string) => [node('Clip', [from, 'nothing', 'six'], to)],
    },
    {
      where: 'nor below the whole number that stands for it',
      between: quantised('signed zero', (from, to) => [node('Max', [from, 'signed zero'], to)]),
    },
    {
      where: 'they are scaled before their rounding',
      between: (from: string, to: string) => [
        node('Mul', [from, 'half'], `${to} own`),
        node('Div', [`${to} own`, 'scale'], `${to} d`),
        node('Round', [`${to} d`], `${to} r`),
        node('Mul', [`${to} r`, 'scale'], to),
      ],
    },
  ])('where $where', async ({ between }) => {
    await expect(layoutOf(between)).rejects.toThrow(words);
  });
});
