import type { Rgb } from '../scene/colour.ts';
import type { Illumination } from './illumination.ts';

/** Lit triangles in world metres; counter-clockwise seen from outside. */
export interface Mesh {
  /** x, y, z of each vertex. */
  readonly positions: Float32Array;
  /** Of each vertex, packed as `packRgb` does. */
  readonly colours: Int32Array;
  readonly triangles: Uint16Array;
  readonly isDoubleSided: boolean;
  readonly centre: readonly [number, number, number];
  readonly radiusM: number;
}

export type Vector = readonly [x: number, y: number, z: number];

/** Where a part sits: local axes a, b, c in world axes (orthonormal, right-handed), and its origin. */
export interface Frame {
  readonly origin: Vector;
  readonly a: Vector;
  readonly b: Vector;
  readonly c: Vector;
}

/** Standing at a place with a heading, then leaning by `tiltRad` towards that heading. */
export function standingFrame(xM: number, yM: number, zM: number, headingRad: number, tiltRad = 0): Frame {
  const cos = Math.cos(headingRad);
  const sin = Math.sin(headingRad);
  const cosTilt = Math.cos(tiltRad);
  const sinTilt = Math.sin(tiltRad);
  return {
    origin: [xM, yM, zM],
    a: [cos * cosTilt, sin * cosTilt, -sinTilt],
    b: [-sin, cos, 0],
    c: [cos * sinTilt, sin * sinTilt, cosTilt],
  };
}

/** A point of the frame, by metres along its axes, in the world's metres. */
export function toWorld(frame: Frame, a: number, b: number, c: number): Vector {
  return [
    frame.origin[0] + frame.a[0] * a + frame.b[0] * b + frame.c[0] * c,
    frame.origin[1] + frame.a[1] * a + frame.b[1] * b + frame.c[1] * c,
    frame.origin[2] + frame.a[2] * a + frame.b[2] * b + frame.c[2] * c,
  ];
}

/** A frame at `from` whose c axis points to `to`. */
function frameBetween(from: Vector, to: Vector): { frame: Frame; lengthM: number } {
  const d: Vector = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
  const lengthM = Math.hypot(d[0], d[1], d[2]);
  const c: Vector = lengthM > 0 ? [d[0] / lengthM, d[1] / lengthM, d[2] / lengthM] : [0, 0, 1];
  const helper: Vector = Math.abs(c[2]) < 0.9 ? [0, 0, 1] : [1, 0, 0];
  const cross = (u: Vector, v: Vector): Vector => [
    u[1] * v[2] - u[2] * v[1],
    u[2] * v[0] - u[0] * v[2],
    u[0] * v[1] - u[1] * v[0],
  ];
  const rough = cross(helper, c);
  const norm = Math.hypot(rough[0], rough[1], rough[2]);
  const a: Vector = [rough[0] / norm, rough[1] / norm, rough[2] / norm];
  return { frame: { origin: from, a, b: cross(c, a), c }, lengthM };
}

/** A circle of a turned body: radius at a height on the c axis, and its surface's normal (outwards, along c). */
export interface Ring {
  readonly c: number;
  readonly radius: number;
  readonly normalOut: number;
  readonly normalC: number;
}

/** Collects lit triangles. Parts are marked so that each can cast a convex shadow of its own. */
export class MeshBuilder {
  readonly #illumination: Illumination;
  readonly #positions: number[] = [];
  readonly #colours: number[] = [];
  readonly #triangles: number[] = [];
  readonly #partEnds: number[] = [];

  constructor(illumination: Illumination) {
    this.#illumination = illumination;
  }

  vertex(position: Vector, normal: Vector, rgb: Rgb): number {
    this.#positions.push(position[0], position[1], position[2]);
    this.#colours.push(this.#illumination.shade(normal[0], normal[1], normal[2], rgb));
    return this.#colours.length - 1;
  }

  triangle(a: number, b: number, c: number): void {
    this.#triangles.push(a, b, c);
  }

  /** Corners counter-clockwise seen from outside, one flat colour. */
  polygon(corners: readonly Vector[], normal: Vector, rgb: Rgb): void {
    const first = this.#colours.length;
    for (const corner of corners) this.vertex(corner, normal, rgb);
    for (let i = 2; i < corners.length; i++) this.triangle(first, first + i - 1, first + i);
  }

  /** A rectangle with one corner at `corner` and edges along u and v (u x v points outwards), in `n` x `m` patches. */
  grid(
    corner: Vector,
    u: Vector,
    v: Vector,
    normal: Vector,
    n: number,
    m: number,
    colourAt: (i: number, j: number) => Rgb,
  ): void {
    const first = this.#colours.length;
    for (let j = 0; j <= m; j++) {
      for (let i = 0; i <= n; i++) {
        const s = i / n;
        const t = j / m;
        const at: Vector = [
          corner[0] + u[0] * s + v[0] * t,
          corner[1] + u[1] * s + v[1] * t,
          corner[2] + u[2] * s + v[2] * t,
        ];
        this.vertex(at, normal, colourAt(i, j));
      }
    }
    for (let j = 0; j < m; j++) {
      for (let i = 0; i < n; i++) {
        const at = first + j * (n + 1) + i;
        this.triangle(at, at + 1, at + n + 2);
        this.triangle(at, at + n + 2, at + n + 1);
      }
    }
  }

  /** The surface between two circles about the frame's c axis, the first one lower (or outer, for a lid). */
  band(frame: Frame, from: Ring, to: Ring, rgb: Rgb, segments: number): void {
    const first = this.#colours.length;
    for (let i = 0; i <= segments; i++) {
      const angle = (2 * Math.PI * i) / segments;
      const cos = Math.cos(angle);
      const sin = Math.sin(angle);
      for (const ring of [from, to]) {
        const out: Vector = [
          frame.a[0] * cos + frame.b[0] * sin,
          frame.a[1] * cos + frame.b[1] * sin,
          frame.a[2] * cos + frame.b[2] * sin,
        ];
        this.vertex(
          toWorld(frame, ring.radius * cos, ring.radius * sin, ring.c),
          [
            out[0] * ring.normalOut + frame.c[0] * ring.normalC,
            out[1] * ring.normalOut + frame.c[1] * ring.normalC,
            out[2] * ring.normalOut + frame.c[2] * ring.normalC,
          ],
          rgb,
        );
      }
    }
    for (let i = 0; i < segments; i++) {
      const at = first + 2 * i;
      if (from.radius > 0) this.triangle(at, at + 2, at + 1);
      if (to.radius > 0) this.triangle(at + 1, at + 2, at + 3);
    }
  }

  /** A straight band whose normal follows from its slope. */
  slope(frame: Frame, c0: number, radius0: number, c1: number, radius1: number, rgb: Rgb, segments: number): void {
    const length = Math.hypot(c1 - c0, radius1 - radius0);
    if (length === 0) return;
    const normalOut = (c1 - c0) / length;
    const normalC = (radius0 - radius1) / length;
    this.band(
      frame,
      { c: c0, radius: radius0, normalOut, normalC },
      { c: c1, radius: radius1, normalOut, normalC },
      rgb,
      segments,
    );
  }

  /** A round-ended limb from one point to another. */
  limb(from: Vector, to: Vector, radius0: number, radius1: number, rgb: Rgb, segments = 10): void {
    const { frame, lengthM } = frameBetween(from, to);
    const rings: Ring[] = [];
    const caps = 3;
    for (let i = 0; i <= caps; i++) {
      const angle = (Math.PI / 2) * (i / caps - 1);
      const [out, up] = [Math.cos(angle), Math.sin(angle)];
      rings.push({ c: radius0 * up, radius: i === 0 ? 0 : radius0 * out, normalOut: out, normalC: up });
    }
    for (let i = 0; i <= caps; i++) {
      const angle = (Math.PI / 2) * (i / caps);
      const [out, up] = [Math.cos(angle), Math.sin(angle)];
      rings.push({ c: lengthM + radius1 * up, radius: i === caps ? 0 : radius1 * out, normalOut: out, normalC: up });
    }
    for (let i = 1; i < rings.length; i++) this.band(frame, rings[i - 1]!, rings[i]!, rgb, segments);
    this.endPart();
  }

  /** A ball squeezed to three half axes. */
  ellipsoid(frame: Frame, halfA: number, halfB: number, halfC: number, rgb: Rgb, segments = 12): void {
    const stacks = 7;
    const squeezed: Frame = {
      origin: frame.origin,
      a: [frame.a[0] * halfA, frame.a[1] * halfA, frame.a[2] * halfA],
      b: [frame.b[0] * halfB, frame.b[1] * halfB, frame.b[2] * halfB],
      c: [frame.c[0] * halfC, frame.c[1] * halfC, frame.c[2] * halfC],
    };
    const first = this.#colours.length;
    for (let j = 0; j <= stacks; j++) {
      const latitude = Math.PI * (j / stacks - 0.5);
      for (let i = 0; i <= segments; i++) {
        const longitude = (2 * Math.PI * i) / segments;
        const x = Math.cos(latitude) * Math.cos(longitude);
        const y = Math.cos(latitude) * Math.sin(longitude);
        const z = Math.sin(latitude);
        const n: Vector = [x / halfA, y / halfB, z / halfC];
        const length = Math.hypot(n[0], n[1], n[2]);
        const normal = toWorld({ ...frame, origin: [0, 0, 0] }, n[0] / length, n[1] / length, n[2] / length);
        this.vertex(toWorld(squeezed, x, y, z), normal, rgb);
      }
    }
    for (let j = 0; j < stacks; j++) {
      for (let i = 0; i < segments; i++) {
        const at = first + j * (segments + 1) + i;
        this.triangle(at, at + 1, at + segments + 2);
        this.triangle(at, at + segments + 2, at + segments + 1);
      }
    }
    this.endPart();
  }

  /** What was added since the last end of a part casts one convex shadow. */
  endPart(): void {
    this.#partEnds.push(this.#colours.length);
  }

  build(isDoubleSided = false): Mesh {
    return finishMesh(this.#positions, this.#colours, this.#triangles, isDoubleSided);
  }

  /** The vertices of each part, x, y, z after one another. */
  parts(): number[][] {
    const parts: number[][] = [];
    let start = 0;
    for (const end of this.#partEnds) {
      if (end > start) parts.push(this.#positions.slice(3 * start, 3 * end));
      start = end;
    }
    return parts;
  }
}

export function finishMesh(
  positions: readonly number[],
  colours: readonly number[],
  triangles: readonly number[],
  isDoubleSided: boolean,
): Mesh {
  const low: [number, number, number] = [Infinity, Infinity, Infinity];
  const high: [number, number, number] = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < positions.length; i++) {
    const axis = (i % 3) as 0 | 1 | 2;
    low[axis] = Math.min(low[axis], positions[i]!);
    high[axis] = Math.max(high[axis], positions[i]!);
  }
  return {
    positions: Float32Array.from(positions),
    colours: Int32Array.from(colours),
    triangles: Uint16Array.from(triangles),
    isDoubleSided,
    centre: [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2],
    radiusM: Math.hypot(high[0] - low[0], high[1] - low[1], high[2] - low[2]) / 2,
  };
}
