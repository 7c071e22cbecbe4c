import type { OnnxFacts } from '../detector/model/onnx-facts.ts';

/** Of a network that says nothing about itself: what a test is about stands beside it. */
export const emptyFacts: OnnxFacts = {
  irVersion: 8,
  producer: '',
  opsets: {},
  metadata: {},
  inputs: [],
  outputs: [],
  externalFiles: [],
  nodeCount: 0,
  operators: new Set(),
  operatorsBehindPicture: new Set(),
  foreignOperators: [],
  functionOpset: undefined,
  weights: [],
  innerTensors: [],
  filledShapes: [],
  stem: undefined,
  backbone: undefined,
  pictureQuantisation: undefined,
  outputQuantisations: new Map(),
  outputOrigin: undefined,
  outputOperators: new Map(),
  lastProducts: new Map(),
  joinedProducts: new Map(),
  firstClass: undefined,
};
