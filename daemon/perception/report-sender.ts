import type { Writable } from 'node:stream';
import { writePacket } from '../platform/packet-channel.ts';
import type { FrameDetections } from '../protocol/detection.ts';
import type { PerceptionReport } from '../protocol/perception-messages.ts';
import type { Picture } from './jpeg.ts';

export interface ReportSender {
  /** States and rates: few, small, never dropped. */
  send(report: PerceptionReport): void;
  /** Waits for room, and gives way to the next frame's while it waits. */
  sendDetections(detections: FrameDetections): void;
  /** Dropped when there is no room. */
  sendPicture(picture: Picture): void;
}

/**
 * Packets to the daemon. A daemon that does not read gets, when it reads again, the newest detections and not a past:
 * pictures are dropped first, then older detections; memory does not grow.
 */
export function createReportSender(stream: Writable): ReportSender {
  let waiting: FrameDetections | undefined;
  const hasRoom = () => stream.writableLength === 0;
  stream.on('drain', () => {
    const detections = waiting;
    waiting = undefined;
    if (detections !== undefined) writePacket(stream, detections);
  });
  return {
    send(report) {
      writePacket(stream, report);
    },
    sendDetections(detections) {
      // `drain` comes when a write found the buffer full, which is later than not empty: only then is there a wait.
      if (stream.writableNeedDrain) waiting = detections;
      else writePacket(stream, detections);
    },
    sendPicture({ jpeg, ...picture }) {
      if (hasRoom()) writePacket(stream, { kind: 'picture', ...picture } satisfies PerceptionReport, jpeg);
    },
  };
}
