/** A point on the ground plane, metres, in the frame the name around it says (world, or car: x forward, y left). */
export interface GroundPoint {
  readonly xM: number;
  readonly yM: number;
}

/** Where a car is: rear-axle position and heading, counter-clockwise from +x (REP-103). */
export interface Pose extends GroundPoint {
  readonly headingRad: number;
}

/** A box in a picture's own pixels, top-left corner first. */
export interface PixelBox {
  readonly xPx: number;
  readonly yPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
}
