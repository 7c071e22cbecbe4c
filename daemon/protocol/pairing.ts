import { z } from 'zod';

/**
 * What a paired device may do. A viewer sees everything and may press stop; a driver may also take the wheel and change
 * the car. Each role may do what the ones before it may.
 */
export const roles = ['viewer', 'driver'] as const;
export const roleSchema = z.enum(roles);
export type Role = z.infer<typeof roleSchema>;

/** `GET /api/session`: who the asking device is to the car. */
export const sessionSchema = z.object({
  /** What this device may do; null while it is not paired. */
  role: roleSchema.nullable(),
  /** False when the car listens on its own machine alone. */
  pairingNeeded: z.boolean(),
  pairingOpen: z.boolean(),
  /** How long pairing stays open. */
  pairingForS: z.number().nonnegative(),
  device: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** Only to devices that are paired, and the car's own screen: where others reach the car, the best first; none where nobody does. */
  urls: z.array(z.string()).optional(),
  /** Only to the car's own screen: the code to type in elsewhere. */
  code: z.string().optional(),
  /** SHA-256 of the car's certificate, if it has one. */
  fingerprint: z.string().optional(),
});
export type Session = z.infer<typeof sessionSchema>;

/** Answer to `POST /api/pair`. */
export const pairedSchema = z.object({
  device: z.object({ id: z.string(), name: z.string(), role: roleSchema }),
  /** Only for programs; a browser has it in a cookie that no script can read. */
  token: z.string().optional(),
});

/** A paired device, as `GET /api/devices` lists it. */
export const shownDeviceSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: roleSchema,
  pairedAt: z.string(),
  /** By the car's clock; absent for one that has not been there since this is noted. */
  lastSeenAt: z.string().optional(),
  /** Whether it is the one that asks. */
  isThisDevice: z.boolean(),
  isConnected: z.boolean(),
  /** The `sessionId` of each of its control connections: what `hand-over` wants. */
  sessions: z.array(z.string()),
});
export type ShownDevice = z.infer<typeof shownDeviceSchema>;
export const deviceListSchema = z.object({ devices: z.array(shownDeviceSchema) });
