/** What may go wrong; each is set and cleared by a story while the car drives. */
export interface Faults {
  /** The phone's commands: they come, they wait in the link, they are gone. */
  phone: 'sends' | 'stalls' | 'silent';
  /** Share of commands lost, and how long the others are under way at most. */
  phoneLoss: number;
  phoneJitterMs: number;
  /** The page goes on sending, but nobody has touched it since. */
  inputFrozen: boolean;
  camera: 'streams' | 'dead';
  /** From frame to frame; undefined is as configured. */
  framePeriodMs: number | undefined;
  /** Share of frames that the camera loses. */
  frameLoss: number;
  /** The detector skips as many frames as it takes on after each of them. */
  skips: { readonly skipped: number; readonly taken: number };
  extraLatencyMs: number;
  /** What the detector makes of a frame. */
  view: View;
  /** The daemon's event loop stands still. */
  planning: 'runs' | 'blocked';
  /** The pipe to motor control: commands come, or are lost. */
  pipe: 'open' | 'lost';
  bus: 'answers' | 'refuses' | 'silent';
  /** So many transfers are refused, then it answers again. */
  refusals: number;
}

/** The camera hangs otherwise than it was measured, or the picture is not the one that was measured. */
export const wrongViews = [
  'mirrored',
  'mirrored with its colours, as where the steering is the wrong way round',
  'upside down',
  'a quarter of its height up',
  'a quarter of its height down',
  'a quarter of its width to the left',
  'a quarter of its width to the right',
  'of a camera turned 22 degrees to the left',
  'of a camera turned 22 degrees to the right',
  'of a camera leaning over by 20 degrees',
  'of a camera on its side',
] as const;
export type WrongView = (typeof wrongViews)[number];

/** `frozen`: the same picture again and again, as new ones. */
export type View = 'true' | 'nothing' | 'rubbish' | 'frozen' | WrongView;

export const noFaults = (): Faults => ({
  phone: 'sends',
  phoneLoss: 0,
  phoneJitterMs: 0,
  inputFrozen: false,
  camera: 'streams',
  framePeriodMs: undefined,
  frameLoss: 0,
  skips: { skipped: 0, taken: 1 },
  extraLatencyMs: 0,
  view: 'true',
  planning: 'runs',
  pipe: 'open',
  bus: 'answers',
  refusals: 0,
});
