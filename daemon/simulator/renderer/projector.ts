import type { Lens } from './lens.ts';
import type { Mesh } from './mesh.ts';

const nearM = 0.02;

/** A mesh as it lies in the picture, clipped where it comes too near; overwritten by the next one. */
export class Projector {
  /** x, y in pixels and 1 / depth of each vertex; the latter is negative where the vertex is behind the lens. */
  points = new Float64Array(3 * 1024);
  colours = new Int32Array(1024);
  triangles = new Uint16Array(3 * 2048);
  vertexCount = 0;
  triangleCount = 0;
  readonly #lens: Lens;
  #cameraPoints = new Float64Array(3 * 1024);

  constructor(lens: Lens) {
    this.#lens = lens;
  }

  /** Transforms, clips at the near plane and projects. False when nothing is in front of the lens. */
  project(mesh: Mesh): boolean {
    const count = mesh.colours.length;
    // Clipping adds at most two vertices and one triangle for each triangle.
    const room = count + 2 * mesh.triangles.length;
    if (3 * room > this.#cameraPoints.length) {
      this.#cameraPoints = new Float64Array(3 * room);
      this.points = new Float64Array(3 * room);
      this.colours = new Int32Array(room);
    }
    if (2 * mesh.triangles.length > this.triangles.length) this.triangles = new Uint16Array(2 * mesh.triangles.length);
    const camera = this.#cameraPoints;
    this.#lens.toCamera(mesh.positions, count, camera);
    this.colours.set(mesh.colours);
    this.vertexCount = count;
    let behind = 0;
    for (let i = 2; i < 3 * count; i += 3) if (camera[i]! < nearM) behind++;
    if (behind === count) return false;
    if (behind === 0) {
      this.triangles.set(mesh.triangles);
      this.triangleCount = mesh.triangles.length / 3;
    } else this.#clip(mesh);
    this.#lens.toPixels(camera, this.vertexCount, this.points);
    if (behind > 0) {
      for (let i = 2; i < 3 * count; i += 3) if (camera[i]! < nearM) this.points[i] = -1;
    }
    return true;
  }

  #clip(mesh: Mesh): void {
    const camera = this.#cameraPoints;
    this.triangleCount = 0;
    const emit = (a: number, b: number, c: number): void => {
      const at = 3 * this.triangleCount++;
      this.triangles[at] = a;
      this.triangles[at + 1] = b;
      this.triangles[at + 2] = c;
    };
    const kept: number[] = [];
    for (let i = 0; i < mesh.triangles.length; i += 3) {
      kept.length = 0;
      for (let corner = 0; corner < 3; corner++) {
        const from = mesh.triangles[i + corner]!;
        const to = mesh.triangles[i + ((corner + 1) % 3)]!;
        const fromDepth = camera[3 * from + 2]!;
        const toDepth = camera[3 * to + 2]!;
        if (fromDepth >= nearM) kept.push(from);
        if (fromDepth >= nearM !== toDepth >= nearM) {
          const share = (nearM - fromDepth) / (toDepth - fromDepth);
          const added = this.vertexCount++;
          for (let axis = 0; axis < 3; axis++) {
            camera[3 * added + axis] =
              camera[3 * from + axis]! + share * (camera[3 * to + axis]! - camera[3 * from + axis]!);
          }
          camera[3 * added + 2] = nearM;
          this.colours[added] = this.colours[from]!;
          kept.push(added);
        }
      }
      for (let corner = 2; corner < kept.length; corner++) emit(kept[0]!, kept[corner - 1]!, kept[corner]!);
    }
  }
}
