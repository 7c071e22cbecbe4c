import { join } from 'node:path';
import sharp from 'sharp';
import { folderForEachTest, testFolder } from '../../../test/harness/test-folders.ts';
import { networkSaver } from '../../perception/testing/save-networks.ts';
import { type TinyBox, type TinyNetworkOptions, yolov8Head } from '../../perception/testing/tiny-network.ts';

/** What the networks of `networkBench` find, in pixels of their 64x64. */
export const middle: TinyBox = { centreX: 32, centreY: 32, width: 16, height: 8, classId: 0, score: 0.75 };

export const named = { metadata: { names: "{0: 'stop sign', 1: 'cone'}" } };

/** Networks and photos for the commands on networks. */
export function networkBench(name: string) {
  const top = testFolder(name);
  const save = networkSaver(top);
  return {
    /** Where networks and photos lie. */
    top,
    /** An empty one for each test. */
    folder: folderForEachTest(top),

    /** A YOLOv8 of two classes that finds one object in every picture. */
    save(networkName: string, options: Partial<TinyNetworkOptions> = {}, box = middle): string {
      const outputs = [{ name: 'output0', shape: [1, 6, 84], data: yolov8Head(2, 84, [box]) }];
      return save({ outputs, ...options }, { name: networkName });
    },

    /** A photo of 128x64 pixels of one colour. */
    async plainPhoto(photoName: string, background = '#777'): Promise<string> {
      const file = join(top, photoName);
      await sharp({ create: { width: 128, height: 64, channels: 3, background } }).toFile(file);
      return file;
    },
  };
}

/** What a command says, while it runs. */
export function listen() {
  const said = { out: '', err: '' };
  const output = {
    out: (text: string) => {
      said.out += text;
    },
    err: (text: string) => {
      said.err += text;
    },
  };
  return { said, output };
}
