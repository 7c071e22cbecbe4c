import { plural } from '../platform/plural.ts';
import type { Detection } from '../protocol/detection.ts';

/** What `detect` found in one picture. */
export interface DetectedInput {
  readonly file: string;
  /** Which frame of a video, from 0. */
  readonly frame?: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly detections: readonly Detection[];
}

/** A point is taken to be seen when the network holds that for more likely than not. */
export const seenScore = 0.5;

const hundredths = (value: number): number => Math.round(value * 100) / 100;
const tenThousandths = (value: number): number => Math.round(value * 10_000) / 10_000;

/** A hundredth of a pixel and a ten-thousandth of a score are finer than any network is. Masks are whole pixels as they are. */
export function roundDetection({ label, classId, score, box, keypoints, mask }: Detection): Detection {
  return {
    label,
    classId,
    score: tenThousandths(score),
    box: {
      xPx: hundredths(box.xPx),
      yPx: hundredths(box.yPx),
      widthPx: hundredths(box.widthPx),
      heightPx: hundredths(box.heightPx),
    },
    ...(keypoints !== undefined && {
      keypoints: keypoints.map((point) => ({
        xPx: hundredths(point.xPx),
        yPx: hundredths(point.yPx),
        score: tenThousandths(point.score),
      })),
    }),
    ...(mask !== undefined && { mask }),
  };
}

/** For people: a line for the picture and one for each object, which ends with how many points or pixels of it are seen. */
export function describeInput({ file, frame, widthPx, heightPx, detections }: DetectedInput): string {
  const count = plural(detections.length, 'object');
  const lines = detections.map((detection) => {
    const { label, score, box } = detection;
    const side = (value: number) => value.toFixed(0).padStart(5);
    return (
      `  ${label.padEnd(16)} ${score.toFixed(2)}  at${side(box.xPx)},${side(box.yPx)}  ` +
      `size${side(box.widthPx)} x${side(box.heightPx)}${describeDetails(detection)}`
    );
  });
  const where = frame === undefined ? file : `${file} frame ${frame}`;
  return `${[`${where}  ${widthPx}x${heightPx}  ${count}`, ...lines].join('\n')}\n`;
}

function describeDetails({ keypoints, mask }: Detection): string {
  const seen = keypoints?.filter(({ score }) => score >= seenScore).length;
  const points = keypoints === undefined ? '' : `  ${seen} of ${keypoints.length} points seen`;
  return mask === undefined ? points : `${points}  mask of ${coveredPx(mask)} pixels`;
}

/** Pixels that lie in the mask: every second run. */
function coveredPx({ runs }: NonNullable<Detection['mask']>): number {
  return runs.reduce((sum, length, index) => (index % 2 === 1 ? sum + length : sum), 0);
}
