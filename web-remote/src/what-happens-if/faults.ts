import type { ModeEvent } from '../../../daemon/planning/modes.ts';

/** What a reader can do to the car. */
export interface Press {
  readonly name: string;
  readonly event: ModeEvent;
}

export const presses: readonly { readonly title: string; readonly presses: readonly Press[] }[] = [
  {
    title: 'People',
    presses: [
      {
        name: 'Arm, drive by hand',
        event: { kind: 'arm-requested', mode: 'manual', armedBy: 'remote', obstacles: [] },
      },
      { name: 'Arm, drive itself', event: { kind: 'arm-requested', mode: 'auto', armedBy: 'remote', obstacles: [] } },
      { name: 'Change to manual', event: { kind: 'mode-requested', mode: 'manual', obstacles: [] } },
      { name: 'Change to auto', event: { kind: 'mode-requested', mode: 'auto', obstacles: [] } },
      { name: 'Disarm', event: { kind: 'disarm-requested' } },
      { name: 'Stop', event: { kind: 'stop-pressed', by: 'a phone' } },
      { name: 'Release the stop', event: { kind: 'stop-released' } },
      { name: 'Another phone takes over', event: { kind: 'driver-changed' } },
      { name: 'Nobody drives for 30 s', event: { kind: 'idle' } },
    ],
  },
  {
    title: 'The link',
    presses: [
      { name: 'No command for 0.25 s', event: { kind: 'driver-late' } },
      { name: 'Three fresh commands', event: { kind: 'driver-recovered' } },
      { name: 'No command for 1 s', event: { kind: 'driver-lost' } },
      { name: 'The connection closes', event: { kind: 'driver-gone' } },
      { name: 'Nothing heard of the phone for 1 s', event: { kind: 'remote-lost', silentMs: 1000 } },
    ],
  },
  {
    title: 'Camera and detector',
    presses: [
      { name: 'What it sees is 0.15 s old', event: { kind: 'detections-delayed' } },
      {
        name: 'The detector passes by every fourth picture',
        event: { kind: 'detections-delayed', skippedShare: 0.25 },
      },
      { name: 'On time again', event: { kind: 'detections-prompt' } },
      { name: 'Nothing new for 0.25 s', event: { kind: 'detections-late' } },
      { name: 'Three fresh frames', event: { kind: 'detections-recovered' } },
      { name: 'Nothing new for 1 s', event: { kind: 'detections-lost', ageMs: 1001 } },
      { name: 'Only 8 pictures a second', event: { kind: 'frames-rare', gapMs: 125 } },
      { name: 'No track in sight', event: { kind: 'track-lost' } },
      { name: 'The car leaves the track', event: { kind: 'left-track' } },
      { name: 'The picture is mirrored', event: { kind: 'view-wrong', text: 'Blue cones stand on the right' } },
      { name: 'The camera process ends', event: { kind: 'perception-lost' } },
    ],
  },
  {
    title: 'The car',
    presses: [
      { name: 'Motor control ends', event: { kind: 'actuation-lost' } },
      { name: 'The motor board is silent', event: { kind: 'actuation-fault', text: 'no answer at 0x40' } },
      { name: 'Stuck', event: { kind: 'stuck' } },
      { name: 'It moves with the motor off', event: { kind: 'rolling' } },
      { name: 'The computer is hot', event: { kind: 'hot' } },
      { name: 'It is cool again', event: { kind: 'cool' } },
      { name: 'It is too hot', event: { kind: 'too-hot' } },
      { name: 'The battery is empty', event: { kind: 'battery-empty' } },
      { name: 'The car stands', event: { kind: 'standstill' } },
      { name: 'It is shut down', event: { kind: 'shutdown' } },
    ],
  },
];

/** Every kind of event that the mode machine knows, but its clock. */
export const pressedKinds: ReadonlySet<ModeEvent['kind']> = new Set(
  presses.flatMap((group) => group.presses.map(({ event }) => event.kind)),
);
