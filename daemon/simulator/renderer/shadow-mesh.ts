import type { Illumination } from './illumination.ts';
import { finishMesh, type Mesh } from './mesh.ts';

interface Flat {
  readonly x: number;
  readonly y: number;
}

/** Andrew's monotone chain, counter-clockwise. */
function convexHull(points: readonly Flat[]): Flat[] {
  const sorted = [...points].sort((p, q) => p.x - q.x || p.y - q.y);
  const turn = (o: Flat, p: Flat, q: Flat): number => (p.x - o.x) * (q.y - o.y) - (p.y - o.y) * (q.x - o.x);
  const half = (walk: readonly Flat[]): Flat[] => {
    const chain: Flat[] = [];
    for (const point of walk) {
      while (chain.length >= 2 && turn(chain[chain.length - 2]!, chain[chain.length - 1]!, point) <= 1e-12) chain.pop();
      chain.push(point);
    }
    chain.pop();
    return chain;
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

/** Polygons on the ground, dark inside, fading to nothing over an edge; depth in the colours' lowest byte. */
class ShadowBuilder {
  readonly #positions: number[] = [];
  readonly #depths: number[] = [];
  readonly #triangles: number[] = [];

  add(hull: readonly Flat[], innerScale: number, outwardM: number): void {
    if (hull.length < 3) return;
    const centre = {
      x: hull.reduce((sum, point) => sum + point.x, 0) / hull.length,
      y: hull.reduce((sum, point) => sum + point.y, 0) / hull.length,
    };
    const first = this.#depths.length;
    for (const point of hull) {
      const dx = point.x - centre.x;
      const dy = point.y - centre.y;
      const distance = Math.max(1e-6, Math.hypot(dx, dy));
      const outerScale = 1 + outwardM / distance;
      this.#positions.push(centre.x + dx * innerScale, centre.y + dy * innerScale, 0);
      this.#positions.push(centre.x + dx * outerScale, centre.y + dy * outerScale, 0);
      this.#depths.push(255, 0);
    }
    for (let i = 0; i < hull.length; i++) {
      const at = first + 2 * i;
      const next = first + 2 * ((i + 1) % hull.length);
      if (i >= 1 && i < hull.length - 1) this.#triangles.push(first, at, next);
      this.#triangles.push(at, at + 1, next + 1, at, next + 1, next);
    }
  }

  build(): Mesh | undefined {
    if (this.#triangles.length === 0) return undefined;
    return finishMesh(this.#positions, this.#depths, this.#triangles, true);
  }
}

/** The shadow that the parts cast along the light, one convex patch a part, with soft edges. */
export function castShadow(parts: readonly number[][], illumination: Illumination, penumbra: number): Mesh | undefined {
  const [sx, sy, sz] = illumination.towardsSun;
  const builder = new ShadowBuilder();
  for (const part of parts) {
    const flat: Flat[] = [];
    let highest = 0;
    for (let i = 0; i < part.length; i += 3) {
      const z = Math.max(0, part[i + 2]!);
      highest = Math.max(highest, z);
      flat.push({ x: part[i]! - (sx / sz) * z, y: part[i + 1]! - (sy / sz) * z });
    }
    builder.add(convexHull(flat), 1 - Math.min(0.5, penumbra), penumbra * highest * 0.5);
  }
  return builder.build();
}

/** The darkness under and beside what stands on the ground. */
export function contactShadow(parts: readonly number[][]): Mesh | undefined {
  let highest = 0;
  for (const part of parts) for (let i = 2; i < part.length; i += 3) highest = Math.max(highest, part[i]!);
  const builder = new ShadowBuilder();
  for (const part of parts) {
    const flat: Flat[] = [];
    for (let i = 0; i < part.length; i += 3) {
      if (part[i + 2]! < 0.12 * highest) flat.push({ x: part[i]!, y: part[i + 1]! });
    }
    if (flat.length === 0) continue;
    const xs = flat.map((point) => point.x);
    const ys = flat.map((point) => point.y);
    const size = Math.hypot(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
    builder.add(convexHull(flat), 0.75, 0.3 * Math.min(size, 2 * highest));
  }
  return builder.build();
}
