import type { GroundPoint } from '../../protocol/geometry.ts';
import type { Rgb } from './colour.ts';
import { createFloorTexture, type FloorKind, type FloorTexture } from './floor-texture.ts';
import { createLineLayer, type GroundLine, type LineLayer } from './line-layer.ts';

/** The floor: a texture that repeats everywhere, and the lines painted on it, in cells a power of two times as large. */
export interface GroundMap {
  readonly floor: FloorTexture;
  readonly lines: LineLayer | undefined;
  readonly lineColours: readonly [Rgb, Rgb];
}

/** @param options.floor a finished texture, or the kind of floor to make from the seed (default concrete). */
export function createGroundMap(options: {
  readonly seed: number;
  readonly floor?: FloorKind | FloorTexture;
  readonly lines?: readonly GroundLine[];
  readonly lineColours?: readonly [Rgb, Rgb];
  /** The lines' finest cells are about as large; default 0.008. */
  readonly lineCellM?: number;
}): GroundMap {
  const asked = options.floor ?? 'concrete';
  const floor = typeof asked === 'string' ? createFloorTexture({ kind: asked, seed: options.seed }) : asked;
  // A power of two times the floor's, so that both have levels with cells of the same size.
  const ratio = 2 ** Math.round(Math.log2((options.lineCellM ?? 0.008) / floor.cellM));
  return {
    floor,
    lines: createLineLayer(options.lines ?? [], ratio * floor.cellM),
    lineColours: options.lineColours ?? [
      [238, 238, 232],
      [226, 178, 44],
    ],
  };
}

/** The lines of a lane: unbroken borders in colour 0, a dashed centre line in colour 1. */
export function laneLines(lane: {
  readonly left: readonly GroundPoint[];
  readonly right: readonly GroundPoint[];
  readonly centre?: readonly GroundPoint[];
  readonly closed: boolean;
  readonly widthM?: number;
}): GroundLine[] {
  const widthM = lane.widthM ?? 0.03;
  const lines: GroundLine[] = [
    { points: lane.left, closed: lane.closed, widthM, colour: 0 },
    { points: lane.right, closed: lane.closed, widthM, colour: 0 },
  ];
  if (lane.centre !== undefined) {
    const dash = { onM: 5 * widthM, offM: 5 * widthM };
    lines.push({ points: lane.centre, closed: lane.closed, widthM: 0.8 * widthM, colour: 1, dash });
  }
  return lines;
}
