import type { WirelessReading } from '../board/wireless.ts';
import type { BoardReadings } from '../protocol/board.ts';

/** What the doctor asked the machine. A part that could not be asked says why; nothing is guessed. */
export interface Readings {
  readonly versions: { readonly car: string; readonly node: string; readonly kernel: string; readonly board?: string };
  readonly vehicle: string;
  /** Why the last good copy of the configuration was looked at in its stead. */
  readonly configFallback?: string;
  readonly isSimulated: boolean;
  readonly camera: CameraReading;
  readonly bus: BusReading;
  readonly pins: { readonly isThere: boolean; readonly isWritable: boolean };
  readonly network: NetworkReading;
  readonly disk: {
    /** Where the car writes. */
    readonly folder: string;
    /** The nearest folder above it that is there, where the folder itself is not, or cannot be seen. */
    readonly measuredIn?: string;
    readonly freeMb: number;
    /** Absent where nothing can be written. */
    readonly writeMbPerS?: number;
  };
  readonly wifi: (WirelessReading & { readonly savesPower?: boolean }) | undefined;
  /** The computer itself, read after it has worked for a while. */
  readonly board: BoardReadings;
  readonly clock: { readonly year: number; readonly isSynchronised?: boolean };
  readonly service: ServiceReading;
  readonly outputEnable: OutputEnableReading;
}

/**
 * The pin that switches the motor board's outputs off (OE). `read`: what its wire says while the computer does not drive it.
 * `held`: the running car has it. `not-stopped`: it was left alone, for the wheels could not be made sure to stay still, and why.
 */
export type OutputEnableReading =
  | { readonly kind: 'none' | 'simulated' | 'held' }
  | { readonly kind: 'refused' | 'not-stopped'; readonly text: string }
  | { readonly kind: 'read'; readonly pin: string; readonly level: 'high' | 'low' };

/**
 * `in-use`: the running car has it, and what that says of it. `unfit`: nothing here can read it as it is asked for, and what
 * would be right. `refused`: the program gave no picture, and its last words.
 */
export type CameraReading =
  | { readonly kind: 'simulated' }
  | { readonly kind: 'in-use'; readonly detectionsPerS: number }
  | { readonly kind: 'unfit'; readonly text: string }
  | { readonly kind: 'refused'; readonly text: string; readonly devices: readonly string[] }
  | {
      readonly kind: 'streams';
      readonly askedPerS: number;
      readonly reachedPerS: number;
      readonly longestGapMs: number;
      /** Sizes and rates of a USB camera, for people; absent where it does not say. */
      readonly modes?: string;
    };

export type BusReading =
  | { readonly kind: 'simulated' }
  | { readonly kind: 'refused'; readonly text: string }
  | {
      readonly kind: 'scanned';
      readonly number: number;
      readonly found: readonly number[];
      readonly held: readonly HeldDevice[];
      /** Every device that the configuration counts on. */
      readonly wanted: readonly number[];
      /** Of those, the boards that move the wheels. */
      readonly motors: readonly number[];
    };

/** A device that a driver of the kernel has to itself, and that driver's name where the kernel tells it. */
export interface HeldDevice {
  readonly address: number;
  readonly driver?: string;
}

export interface NetworkFile {
  readonly name: string;
  readonly hasCard: boolean;
  readonly sha256: string;
  /** As its card has it. */
  readonly cardSha256?: string;
}

/** `in-use`: the running car has it on the GPU, whose memory is not enough for two. */
export type NetworkReading =
  | { readonly kind: 'refused'; readonly text: string }
  /** The library that is to run it cannot be used. */
  | { readonly kind: 'runtime-refused'; readonly text: string }
  | (NetworkFile & {
      readonly kind: 'in-use';
      /** Undefined while its detector is not ready. */
      readonly provider: string | undefined;
      readonly wanted: readonly string[];
    })
  | (NetworkFile & {
      readonly kind: 'runs';
      /** Who did most of the work, as a profile showed. */
      readonly provider: string;
      readonly wanted: readonly string[];
      readonly frameMs: number;
      /** The same network on the processor; undefined where that is who runs it. */
      readonly cpuFrameMs: number | undefined;
      /** What was to run it and does not, and why not. */
      readonly fallbacks: readonly { readonly text: string; readonly cure: string }[];
    });

/** `absent`: the car was not installed as a service here. */
export type ServiceReading =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'installed';
      readonly isEnabled: boolean;
      readonly active: string;
      readonly restarts: number;
      readonly hasWatchdog: boolean;
      /** Whether the hardware restarts the board when its kernel hangs. */
      readonly hasBoardWatchdog: boolean;
      /** The unit that makes the wheels neutral at boot and after the end. */
      readonly neutraliser: { readonly isEnabled: boolean; readonly result: string };
    };
