import { spawnSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../../test/harness/test-folders.ts';
import { UserError } from '../../../platform/user-error.ts';
import { emptyFacts } from '../../testing/empty-facts.ts';
import { tinyNetwork } from '../../testing/tiny-network.ts';
import { cardDoubt, readModelFile } from './model-file.ts';
import { readOnnxFacts } from './onnx-facts.ts';
import { ProtobufError } from './protobuf.ts';

const folder = testFolder('model-file');

function write(name: string, content: Uint8Array | string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

const network = tinyNetwork({
  inputs: [{ name: 'images', shape: ['batch', 3, 64, ''], type: 'float16' }],
  outputs: [{ name: '350', shape: [1, 5, 2], data: new Float32Array(10) }],
  metadata: { names: "{0: 'người'}", imgsz: '[64, 64]' },
});

describe('an ONNX file', () => {
  it('says what it is', () => {
    expect(readOnnxFacts(network)).toEqual({
      ...emptyFacts,
      producer: 'tiny',
      opsets: { '': 13 },
      metadata: { names: "{0: 'người'}", imgsz: '[64, 64]' },
      inputs: [{ name: 'images', type: 'float16', shape: ['batch', 3, 64, ''] }],
      outputs: [{ name: '350', type: 'float32', shape: [1, 5, 2] }],
      nodeCount: 1,
      operators: new Set(['Identity']),
      operatorsBehindPicture: new Set(['Identity']),
      weights: [{ name: '350 weights', shape: [1, 5, 2] }],
    });
  });

  it('that is cut short or changed is refused, or read; nothing else happens', () => {
    const cut = fc.integer({ min: 0, max: network.length - 1 });
    const change = fc.tuple(cut, fc.integer({ min: 0, max: 255 }));
    const read = (bytes: Uint8Array) => {
      try {
        return readOnnxFacts(bytes) === undefined ? 'none' : 'facts';
      } catch (error) {
        if (error instanceof ProtobufError) return 'refused';
        throw error;
      }
    };
    fc.assert(fc.property(cut, (length) => read(network.subarray(0, length)) !== undefined));
    fc.assert(
      fc.property(change, ([at, value]) => read(Uint8Array.from(network).fill(value, at, at + 1)) !== undefined),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => read(bytes) !== undefined));
    expect(read(network.subarray(0, 40))).toBe('refused');
  });
});

describe('a card that says something in vain', () => {
  const doubtOf = (content: object) => {
    const file = write('vain.onnx', network);
    write('vain.json', JSON.stringify(content));
    return cardDoubt(readModelFile(file))?.fields;
  };

  it.each<[string, object, string]>([
    ['a misspelled field', { clases: ['a'] }, '"clases" (did you mean "classes"?)'],
    ['the beginning of one', { class: ['a'] }, '"class" (did you mean "classes"?)'],
    ['one in capitals', { input: { letterBoxValue: 30 } }, '"input.letterBoxValue" (did you mean "letterboxValue"?)'],
    ['one of the input', { input: { chanels: 'bgr' } }, '"input.chanels" (did you mean "channels"?)'],
    ['one of the input outside of it', { scale: '0-255' }, '"scale" (did you mean "input.scale"?)'],
    ['one in the input that stands outside', { input: { layout: 'ssd' } }, '"input.layout" (did you mean "layout"?)'],
  ])('is told %s', (_, content, fields) => {
    expect(doubtOf(content)).toBe(fields);
  });

  it('is told what the input knows, and not more of many fields than a few', () => {
    expect(doubtOf({ input: { gamma: 2 } })).toMatch(/^"input\.gamma" \(known there: channels, scale, mean, /);
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`${at}\u009b${'x'.repeat(99)}`, at]));
    const told = doubtOf({ input: many });
    expect(told).toMatch(/, 990 more$/);
    expect(told).not.toContain('\u009b');
  });

  it('may note what it likes', () => {
    const notes = { name: 'x', file: 'x.onnx', source: 'me', licence: 'MIT', license: 'MIT', notes: 'old', by: 'x' };
    const figures = {
      sha256: 'f',
      gflops: 1,
      parameters: 1,
      opset: 13,
      irVersion: 7,
      epochs: 3,
      trainingSeed: 1,
      heldBack: {},
    };
    expect(doubtOf({ ...notes, ...figures, input: { widthPx: 64, heightPx: 64, fit: 'stretch' } })).toBeUndefined();
  });
});

describe('reading a network', () => {
  it('brings its card along', () => {
    write('card.json', JSON.stringify({ classes: ['a'], trainedOn: 'rendered scenes' }));
    expect(readModelFile(write('card.onnx', network)).card?.content).toMatchObject({ classes: ['a'] });
    expect(readModelFile(write('no-card.onnx', network)).card).toBeUndefined();
  });

  const external = tinyNetwork({
    outputs: [{ name: 'x', shape: [1], data: [1] }],
    externalFile: 'big.onnx.data',
  });
  it.each([
    { what: 'an empty file', name: 'empty.onnx', content: '', text: /empty\.onnx is not an ONNX network: it is empty/ },
    { what: 'text', name: 'readme.onnx', content: '# A network, says this file\n', text: /it is text/ },
    {
      what: 'a Git LFS pointer',
      name: 'lfs.onnx',
      content: 'version https://git-lfs.github.com/spec/v1\n',
      text: /git lfs pull/,
    },
    {
      what: 'a PyTorch file',
      name: 'net.pt',
      content: 'PK\u0003\u0004rest',
      text: /checkpoints \(\.pt\).*export format=onnx/s,
    },
    { what: 'a web page', name: 'page.onnx', content: '<!DOCTYPE html><html>404', text: /web page/ },
    {
      what: 'an old PyTorch file',
      name: 'old.pth',
      content: Uint8Array.of(0x80, 2, 0x8a, 10),
      text: /checkpoints.*export model=/s,
    },
    { what: 'a TensorRT engine', name: 'a.onnx', content: 'ftrt\u0000', text: /TensorRT engine.*builds its own/s },
    { what: 'an engine by its name', name: 'net.engine', content: '\u0007\u0007', text: /TensorRT engine/ },
    {
      what: "Ultralytics' engine",
      ...{
        name: 'b.onnx',
        content: '\u0001\u0002\u0000\u0000{"description": "Ultralytics YOLO',
        text: /TensorRT engine/,
      },
    },
    {
      what: 'a TensorFlow Lite network',
      name: 'c.onnx',
      content: '\u001c\u0000\u0000\u0000TFL3',
      text: /TensorFlow Lite/,
    },
    {
      what: 'a network of ONNX Runtime itself',
      name: 'd.onnx',
      content: '\u0020\u0000\u0000\u0000ORTM',
      text: /\(\.ort\)/,
    },
    { what: 'OpenVINO', name: 'net.xml', content: '<?xml version="1.0"?>\n<net name="x">', text: /OpenVINO/ },
    { what: 'ncnn', name: 'net.param', content: '7767517\n3 3\n', text: /ncnn/ },
    { what: 'Darknet', name: 'yolo.cfg', content: '[net]\nbatch=1\n', text: /Darknet/ },
    { what: 'a picture', name: 'e.onnx', content: Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), text: /it is a picture/ },
    { what: 'half a network', name: 'half.onnx', content: network.subarray(0, 50), text: /damaged or of another kind/ },
    { what: 'weights elsewhere', name: 'external.onnx', content: external, text: /big\.onnx\.data.*one file/s },
  ])('refuses $what, naming file and cure', ({ name, content, text }) => {
    const file = write(name, content);
    expect(() => readModelFile(file)).toThrow(UserError);
    expect(() => readModelFile(file)).toThrow(text);
    expect(() => readModelFile(file)).toThrow(file);
  });

  it('refuses a missing file and a folder', () => {
    expect(() => readModelFile(join(folder, 'missing.onnx'))).toThrow(/missing\.onnx does not exist.*--model/);
    expect(() => readModelFile(folder)).toThrow(/is a folder/);
  });

  it('never reads from a device or a pipe, nor a card from one', () => {
    expect(() => readModelFile('/dev/zero')).toThrow(/\/dev\/zero is a device or a pipe.*detector\.modelFile/);
    const pipe = join(folder, 'pipe.onnx');
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    expect(() => readModelFile(pipe)).toThrow(/pipe\.onnx is a device or a pipe/);
    const file = write('odd-card.onnx', network);
    symlinkSync('/dev/zero', join(folder, 'odd-card.json'));
    expect(() => readModelFile(file)).toThrow(/card .*odd-card\.json is no file of at most 1 MiB/);
  });

  it('refuses a card that is none', () => {
    const file = write('bad-card.onnx', network);
    write('bad-card.json', '{"classes": "a, b"}');
    expect(() => readModelFile(file)).toThrow(/bad-card\.json is not usable: classes/);
    for (const [content, text] of [
      ['[]', /: the whole card: expected keys with their values; given is a list\. Change it there, or take/],
      ['{"classes":[]}', /: classes: expected an entry or more; given is a list\./],
      ['{"layout":"yolov9"}', /: layout: expected one of \d+ words, perhaps "yolov\d"; given is "yolov9"\./],
      ['{"input":{"channels":"BGR"}}', /: input\.channels: expected "rgb" or "bgr", perhaps "bgr"; given is "BGR"\./],
    ] as const) {
      write('bad-card.json', content);
      expect(() => readModelFile(file)).toThrow(text);
    }
    write('bad-card.json', '{');
    expect(() => readModelFile(file)).toThrow(/bad-card\.json is not JSON/);
  });
});
