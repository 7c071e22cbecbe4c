import type { DriverCommand, Stick } from '../protocol/driver-command.ts';
import type { CarEvent } from '../protocol/events.ts';
import type { ArmingObstacle } from '../protocol/modes.ts';
import type { PictureLevel } from '../protocol/picture-levels.ts';
import type { VideoHeader } from '../protocol/remote-messages.ts';
import type { Health, Telemetry } from '../protocol/telemetry.ts';
import type { PlainRefusal } from './control-refusals.ts';

/** What a phone asks for, and what becomes of the lease. Only the driver's requests get here, but anyone's stop. */
export type RemoteRequest = {
  readonly sessionId: string;
  readonly receivedAtMs: number;
} /** `stick`: where it stood when this was sent, if the phone has said so, however late it said it. */ & (
  | { readonly kind: 'arm'; readonly mode: 'manual' | 'auto'; readonly stick?: Stick }
  | { readonly kind: 'set-mode'; readonly mode: 'manual' | 'auto' }
  | { readonly kind: 'disarm' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'release-stop' }
  | { readonly kind: 'reset-simulated-car' }
  /** `sessionId` drives from now on; `previous` did before, if anyone. Pass through neutral. */
  | { readonly kind: 'driver-changed'; readonly previous: string | undefined }
  /** The driver's connection ended, or its phone or page fell silent (then: since when); nobody drives from now on. */
  | { readonly kind: 'driver-gone'; readonly cause: string; readonly silentSinceMs: number }
);

/** What the remote wants of the daemon. Called on the daemon's own thread; must not block. */
export interface RemoteCallbacks {
  /** Late, repeated, reordered and excess commands never get here, nor those of a phone that only watches. */
  onDrive(command: DriverCommand): void;
  onRequest(request: RemoteRequest): void;
  /** How many phones are connected, whenever that changes. */
  onClients(count: number): void;
  /** What still holds of the news that were sent to every phone: told to one that comes, and to it alone. */
  standingEvents(): readonly CarEvent[];
  /** The sizes of the picture that somebody watches, whenever that changes; none to begin with. */
  onPictureLevels(levels: readonly PictureLevel[]): void;
  readonly health: () => Health;
  /** Whether the wheels may turn: what changes the car's setup is refused then. */
  isArmed(): boolean;
}

/** What the daemon wants of the remote. */
export interface Remote {
  readonly address: RemoteAddress;
  /** To every phone. `clients` and `driver` are filled in here: nobody else knows them as well. */
  sendTelemetry(telemetry: Telemetry): void;
  sendEvent(event: CarEvent): void;
  /** The newest picture; `header.ageMs` as of this call. Each phone gets it as soon as it has shown the one before. */
  sendPicture(level: PictureLevel, header: VideoHeader, jpeg: Uint8Array): void;
  /** Answers to the phone that asked to arm, or for something else. A phone that has gone meanwhile hears nothing. */
  refuseArming(sessionId: string, obstacles: readonly ArmingObstacle[]): void;
  refuse(sessionId: string, request: string, code: PlainRefusal): void;
  /** As `refuse`, for what stands in the way. */
  refuseFor(sessionId: string, request: string, obstacles: readonly ArmingObstacle[]): void;
  clients(): number;
  driver(): string | undefined;
  /** What has been turned away since the start, by cause. */
  counters(): RemoteCounters;
  close(): Promise<void>;
}

export interface RemoteAddress {
  readonly host: string;
  readonly port: number;
  /** What to type into a browser, as of now; several when listening on all of the machine's addresses. */
  readonly urls: readonly string[];
}

export interface RemoteCounters {
  /** Drive commands handed on. */
  readonly accepted: number;
  /** Came too late to count. */
  readonly stale: number;
  /** Repeated or overtaken. */
  readonly reordered: number;
  /** Above the rate limit. */
  readonly excess: number;
  /** Not a message of the protocol. */
  readonly invalid: number;
  /** From a phone that only watches. */
  readonly unauthorised: number;
  /** Requests and upgrades refused for their Host or Origin. */
  readonly foreign: number;
}
