/** What the doctor asked the machine. A part that could not be asked says why; nothing is guessed. */
export interface Readings {
  readonly versions: { readonly car: string; readonly node: string; readonly kernel: string; readonly board?: string };
  readonly vehicle: string;
  readonly isSimulated: boolean;
  readonly camera: CameraReading;
  readonly bus: BusReading;
  readonly pins: { readonly isThere: boolean; readonly isWritable: boolean };
  readonly network: NetworkReading;
  readonly disk: { readonly folder: string; readonly freeMb: number; readonly writeMbPerS?: number };
  readonly wifi: { readonly interface: string; readonly isUp: boolean; readonly signalDbm?: number } | undefined;
  readonly clock: { readonly year: number; readonly isSynchronised?: boolean };
  readonly service: ServiceReading;
  /** Whether a pin of the computer switches the motor board's outputs off (OE). */
  readonly hasOutputEnable: boolean;
}

/** `none`: the simulated one. `refused`: the program gave no picture, and its last words. */
export type CameraReading =
  | { readonly kind: 'simulated' }
  | { readonly kind: 'refused'; readonly text: string; readonly devices: readonly string[] }
  | {
      readonly kind: 'streams';
      readonly askedPerS: number;
      readonly reachedPerS: number;
      readonly longestGapMs: number;
    };

export type BusReading =
  | { readonly kind: 'simulated' }
  | { readonly kind: 'refused'; readonly text: string }
  | {
      readonly kind: 'scanned';
      readonly number: number;
      readonly found: readonly number[];
      readonly wanted: readonly number[];
    };

export type NetworkReading =
  | { readonly kind: 'refused'; readonly text: string }
  | {
      readonly kind: 'runs';
      readonly name: string;
      readonly hasCard: boolean;
      readonly sha256: string;
      /** Who did most of the work, as a profile showed. */
      readonly provider: string;
      readonly wanted: readonly string[];
      readonly frameMs: number;
      /** The same network on the processor; undefined where that is who runs it. */
      readonly cpuFrameMs: number | undefined;
      readonly fallbacks: readonly string[];
    };

/** `absent`: the car was not installed as a service here. */
export type ServiceReading =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'installed';
      readonly isEnabled: boolean;
      readonly active: string;
      readonly restarts: number;
      readonly hasWatchdog: boolean;
    };
