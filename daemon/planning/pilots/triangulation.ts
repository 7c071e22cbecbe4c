import { Delaunay } from 'd3-delaunay';
import type { GroundPoint } from '../../protocol/geometry.ts';
import { leftOf } from '../plane.ts';

/** A directed crossing of a Delaunay edge: what lies left and right, and the triangle entered, if any. */
export interface Crossing {
  readonly left: number;
  readonly right: number;
  /** Triangle behind the edge, or undefined on the outer rim. */
  readonly into: number | undefined;
  /** Triangle that was left. */
  readonly from: number | undefined;
}

/** Delaunay triangles over points, to be walked from edge to edge. */
export class Triangulation {
  readonly #points: readonly GroundPoint[];
  readonly #triangles: Uint32Array | Int32Array;
  readonly #halfedges: Int32Array;

  constructor(points: readonly GroundPoint[]) {
    this.#points = points;
    const flat = new Float64Array(points.length * 2);
    for (const [i, point] of points.entries()) {
      flat[2 * i] = point.xM;
      flat[2 * i + 1] = point.yM;
    }
    const delaunay = new Delaunay(flat);
    // Points that all lie in one place make no triangle; the library then answers with one of corners -1.
    const hasTriangles = delaunay.triangles.every((corner) => corner >= 0);
    this.#triangles = hasTriangles ? delaunay.triangles : new Uint32Array(0);
    this.#halfedges = hasTriangles ? delaunay.halfedges : new Int32Array(0);
  }

  get triangleCount(): number {
    return this.#triangles.length / 3;
  }

  #corner(triangle: number, index: number): number {
    return this.#triangles[triangle * 3 + (index % 3)]!;
  }

  #isInside(triangle: number, point: GroundPoint): boolean {
    const [a, b, c] = [0, 1, 2].map((i) => this.#points[this.#corner(triangle, i)]!) as [
      GroundPoint,
      GroundPoint,
      GroundPoint,
    ];
    const ab = leftOf(a, b, point);
    const bc = leftOf(b, c, point);
    const ca = leftOf(c, a, point);
    return (ab >= 0 && bc >= 0 && ca >= 0) || (ab <= 0 && bc <= 0 && ca <= 0);
  }

  /** The crossing that leaves `triangle` over its edge `index` (0, 1, 2), or enters it when `inwards`. */
  #crossing(triangle: number, index: number, direction: 'out' | 'in'): Crossing {
    const a = this.#corner(triangle, index);
    const b = this.#corner(triangle, index + 1);
    const c = this.#corner(triangle, index + 2);
    const opposite = this.#halfedges[triangle * 3 + index]!;
    const beyond = opposite < 0 ? undefined : Math.floor(opposite / 3);
    // Going out of the triangle, its third corner lies behind: seen from there, is a left of b?
    const aIsLeft = leftOf(this.#points[c]!, this.#points[b]!, this.#points[a]!) > 0;
    const outwards = { left: aIsLeft ? a : b, right: aIsLeft ? b : a, into: beyond, from: triangle };
    if (direction === 'out') return outwards;
    return { left: outwards.right, right: outwards.left, into: triangle, from: beyond };
  }

  /**
   * Where a walk from a point may begin: over the edges of the triangle around it, or, from outside, over every rim edge
   * that faces it.
   */
  crossingsFrom(point: GroundPoint): Crossing[] {
    for (let triangle = 0; triangle < this.triangleCount; triangle++) {
      if (this.#isInside(triangle, point)) return [0, 1, 2].map((index) => this.#crossing(triangle, index, 'out'));
    }
    const crossings: Crossing[] = [];
    for (let edge = 0; edge < this.#halfedges.length; edge++) {
      if (this.#halfedges[edge]! >= 0) continue;
      const crossing = this.#crossing(Math.floor(edge / 3), edge % 3, 'in');
      const facing = leftOf(point, this.#points[crossing.right]!, this.#points[crossing.left]!) > 0;
      if (facing) crossings.push(crossing);
    }
    return crossings;
  }

  /** The two ways on through the triangle that a crossing enters: the new corner becomes the left or the right one. */
  onwards(
    crossing: Crossing,
  ): { readonly crossing: Crossing; readonly corner: number; readonly side: 'left' | 'right' }[] {
    const triangle = crossing.into;
    if (triangle === undefined) return [];
    const corners = [0, 1, 2].map((i) => this.#corner(triangle, i));
    const corner = corners.find((i) => i !== crossing.left && i !== crossing.right);
    if (corner === undefined) return [];
    const exit = (left: number, right: number): Crossing => {
      const index = corners.findIndex((at, i) => {
        const next = corners[(i + 1) % 3]!;
        return (at === left && next === right) || (at === right && next === left);
      });
      const opposite = this.#halfedges[triangle * 3 + index]!;
      return { left, right, into: opposite < 0 ? undefined : Math.floor(opposite / 3), from: triangle };
    };
    return [
      { crossing: exit(corner, crossing.right), corner, side: 'left' },
      { crossing: exit(crossing.left, corner), corner, side: 'right' },
    ];
  }

  /** The same edge crossed the other way. */
  static reversed(crossing: Crossing): Crossing {
    return { left: crossing.right, right: crossing.left, into: crossing.from, from: crossing.into };
  }
}
