import type { CarConfig } from '../../daemon/car/config.ts';
import type { Random } from '../../daemon/planning/testing/random.ts';
import { detectWorld, usualNoise } from '../../daemon/planning/testing/test-detector.ts';
import type { FrameDetections } from '../../daemon/protocol/detection.ts';
import type { Pose } from '../../daemon/protocol/geometry.ts';
import type { World } from '../../daemon/simulator/world.ts';
import type { Faults, View } from './faults.ts';
import { UnderWay } from './under-way.ts';

const usualLatencyMs = 40;
/** So much of the picture is missing that was moved. */
const offShare = 0.25;
const turnedAsideRad = (22 * Math.PI) / 180;
const leaningRad = (20 * Math.PI) / 180;

type Detections = FrameDetections['detections'];

/** Camera and detector: frames at their rate, what a good detector makes of the world in them, and the way to the pilot. */
export class CampaignCamera {
  readonly #config: CarConfig['camera'];
  readonly #world: World;
  readonly #random: Random;
  readonly #underWay = new UnderWay<FrameDetections>();
  #nextAtMs: number;
  #frameId = 0;
  #taken = 0;
  #frozen: Detections | undefined;

  constructor(options: { config: CarConfig['camera']; world: World; random: Random; nowMs: number }) {
    this.#config = options.config;
    this.#world = options.world;
    this.#random = options.random;
    this.#nextAtMs = options.nowMs;
  }

  /** Takes what pictures are due. The world stands at `nowMs`. */
  step(faults: Faults, nowMs: number): void {
    const periodMs = faults.framePeriodMs ?? 1000 / this.#config.framesPerSecond;
    while (this.#nextAtMs <= nowMs) {
      const capturedAtMs = this.#nextAtMs;
      this.#nextAtMs += periodMs;
      if (faults.camera === 'dead' || this.#random.uniform() < faults.frameLoss) continue;
      const frameId = this.#frameId++;
      const { skipped, taken } = faults.skips;
      if (this.#taken++ % (skipped + taken) >= taken) continue;
      const detectedAtMs = capturedAtMs + usualLatencyMs + faults.extraLatencyMs;
      this.#underWay.send(this.#frame({ frameId, capturedAtMs, detectedAtMs }, faults.view), detectedAtMs);
    }
  }

  take(nowMs: number): FrameDetections[] {
    return this.#underWay.take(nowMs);
  }

  #frame(
    stamp: { readonly frameId: number; readonly capturedAtMs: number; readonly detectedAtMs: number },
    view: View,
  ): FrameDetections {
    const { widthPx, heightPx } = this.#config;
    return {
      kind: 'detections',
      ...stamp,
      captureTimeSource: 'camera',
      widthPx,
      heightPx,
      detections: this.#see(view),
      timing: { preprocessMs: 1, runMs: 5, decodeMs: 1 },
    };
  }

  #see(view: View): Detections {
    const { widthPx, heightPx } = this.#config;
    switch (view) {
      case 'true':
        this.#frozen = this.#detect();
        return this.#frozen;
      case 'frozen':
        this.#frozen ??= this.#detect();
        return this.#frozen;
      case 'nothing':
        return [];
      case 'rubbish':
        return Array.from({ length: 2000 }, (_, index) => ({
          label: 'blue cone',
          classId: 0,
          score: 0.9,
          box: { xPx: index % 480, yPx: index % 13 === 0 ? -1e9 : index % 360, widthPx: index % 7, heightPx: 1e-9 },
        }));
      case 'mirrored':
        return this.#mirrored();
      case 'mirrored with its colours, as where the steering is the wrong way round':
        return this.#mirrored().map(inTheOtherColour);
      case 'upside down':
        return moved(this.#detect(), (box) => ({
          ...box,
          xPx: widthPx - box.xPx - box.widthPx,
          yPx: heightPx - box.yPx - box.heightPx,
        }));
      case 'a quarter of its height up':
        return this.#shifted(0, -offShare * heightPx);
      case 'a quarter of its height down':
        return this.#shifted(0, offShare * heightPx);
      case 'a quarter of its width to the left':
        return this.#shifted(-offShare * widthPx, 0);
      case 'a quarter of its width to the right':
        return this.#shifted(offShare * widthPx, 0);
      case 'of a camera turned 22 degrees to the left':
        return this.#detect({ yawRad: turnedAsideRad });
      case 'of a camera turned 22 degrees to the right':
        return this.#detect({ yawRad: -turnedAsideRad });
      case 'of a camera leaning over by 20 degrees':
        return this.#detect({ rollRad: leaningRad });
      case 'of a camera on its side':
        return this.#detect({ rollRad: Math.PI / 2 });
    }
  }

  #mirrored(): Detections {
    const { widthPx } = this.#config;
    return moved(this.#detect(), (box) => ({ ...box, xPx: widthPx - box.xPx - box.widthPx }));
  }

  /** Of a picture that was moved, only what is still in it. */
  #shifted(rightPx: number, downPx: number): Detections {
    const { widthPx, heightPx } = this.#config;
    const move = (box: Box): Box => ({ ...box, xPx: box.xPx + rightPx, yPx: box.yPx + downPx });
    return moved(this.#detect(), move).filter(
      ({ box: { xPx, yPx, widthPx: width, heightPx: height } }) =>
        xPx > 0 && xPx + width < widthPx && yPx > 0 && yPx + height < heightPx,
    );
  }

  /** @param wrong how the camera hangs otherwise than it was measured: turned about its mast to the left, leaning to the right. */
  #detect({ yawRad = 0, rollRad = 0 }: { readonly yawRad?: number; readonly rollRad?: number } = {}): Detections {
    const { track } = this.#world;
    const { xM, yM, headingRad } = this.#world.view();
    const { forwardM } = this.#config;
    // About the lens, not about the axle.
    const turned: Pose = {
      xM: xM + forwardM * (Math.cos(headingRad) - Math.cos(headingRad + yawRad)),
      yM: yM + forwardM * (Math.sin(headingRad) - Math.sin(headingRad + yawRad)),
      headingRad: headingRad + yawRad,
    };
    const camera = { ...this.#config, rollRad: this.#config.rollRad + rollRad };
    return detectWorld(camera, turned, track.cones, [], usualNoise, this.#random);
  }
}

type Box = Detections[number]['box'];

function inTheOtherColour(detection: Detections[number]): Detections[number] {
  const other = { 'blue cone': 'yellow cone', 'yellow cone': 'blue cone' }[detection.label];
  return other === undefined ? detection : { ...detection, label: other };
}

function moved(detections: Detections, move: (box: Box) => Box): Detections {
  return detections.map((detection) => ({ ...detection, box: move(detection.box) }));
}
