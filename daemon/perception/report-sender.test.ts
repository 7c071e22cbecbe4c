import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readPackets } from '../platform/packet-channel.ts';
import type { FrameDetections } from '../protocol/detection.ts';
import { type PerceptionReport, perceptionReportSchema } from '../protocol/perception-messages.ts';
import { createReportSender } from './report-sender.ts';

function detections(frameId: number): FrameDetections {
  return {
    ...{ kind: 'detections', frameId, capturedAtMs: 1, captureTimeSource: 'camera', detectedAtMs: 2, detections: [] },
    ...{ widthPx: 64, heightPx: 48, timing: { preprocessMs: 1, runMs: 1, decodeMs: 1 } },
  };
}

function picture(frameId: number, bytes: number) {
  const size = { widthPx: 64, heightPx: 48, frameWidthPx: 64, frameHeightPx: 48 };
  return { level: 'full' as const, frameId, capturedAtMs: 1, jpeg: new Uint8Array(bytes).fill(frameId), ...size };
}

/** A pipe whose reader is asleep until told otherwise. */
function sleepyPipe() {
  const received: { report: PerceptionReport; payload: Uint8Array }[] = [];
  const reader = new PassThrough();
  readPackets(
    reader,
    (header, payload) => received.push({ report: perceptionReportSchema.parse(header), payload }),
    (text) => {
      throw new Error(text);
    },
  );
  let awake = false;
  let wakeUp: () => void = () => {};
  const stream = new Writable({
    highWaterMark: 16_384,
    write(chunk, _, done) {
      const take = () => {
        reader.write(chunk);
        done();
      };
      if (awake) take();
      else wakeUp = take;
    },
  });
  return {
    stream,
    received,
    async wake() {
      awake = true;
      wakeUp();
      if (stream.writableLength > 0) await new Promise((resolve) => stream.once('drain', resolve));
      await new Promise((resolve) => stream.end(resolve));
      await new Promise((resolve) => reader.end(resolve));
    },
  };
}

const frameIds = (received: { report: PerceptionReport }[], kind: PerceptionReport['kind']) =>
  received.flatMap(({ report }) => (report.kind === kind && 'frameId' in report ? [report.frameId] : []));

describe('reports', () => {
  it('arrive as they were sent', async () => {
    const pipe = sleepyPipe();
    const sender = createReportSender(pipe.stream);
    sender.sendDetections(detections(1));
    sender.send({ kind: 'camera', state: 'stalled', text: 'no picture' });
    await pipe.wake();
    expect(pipe.received.map(({ report }) => report)).toEqual([
      detections(1),
      { kind: 'camera', state: 'stalled', text: 'no picture' },
    ]);
  });

  it('to a reader that sleeps: pictures are dropped first, then all detections but the newest; states never', async () => {
    const pipe = sleepyPipe();
    const sender = createReportSender(pipe.stream);
    sender.sendPicture(picture(1, 50_000));
    for (let frameId = 2; frameId < 1000; frameId++) {
      sender.sendDetections(detections(frameId));
      sender.sendPicture(picture(frameId, 50_000));
      if (frameId === 500) sender.send({ kind: 'camera', state: 'stalled' });
    }
    expect(pipe.stream.writableLength).toBeLessThan(60_000);
    await pipe.wake();
    expect(frameIds(pipe.received, 'picture')).toEqual([1]);
    expect(frameIds(pipe.received, 'detections')).toEqual([999]);
    expect(pipe.received.filter(({ report }) => report.kind === 'camera')).toHaveLength(1);
    expect(pipe.received[0]?.payload).toEqual(Buffer.alloc(50_000, 1));
  });
});
