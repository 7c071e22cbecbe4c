import { z } from 'zod';
import {
  deviceListSchema,
  pairedSchema,
  roleSchema,
  type Session,
  type ShownDevice,
  sessionSchema,
  shownDeviceSchema,
} from '../../protocol/pairing.ts';
import { type ApiAnswer, change, noBody, type Route, read } from '../api/route.ts';
import type { Access, Paired } from './access.ts';
import { noCookie, tokenCookie } from './credential.ts';
import { deviceNameSchema, type PairedDevice } from './device.ts';
import { isThisMachine } from './source-key.ts';
import { ticketLifeMs } from './tickets.ts';

const noSuchDevice: ApiAnswer = {
  kind: 'error',
  status: 404,
  code: 'no-such-device',
  text: 'no such device is paired',
};

export interface PairingRoutesOptions {
  readonly access: Access;
  readonly fingerprint: string | undefined;
  /** Where others reach the car now. */
  readonly outwardUrls: () => readonly string[];
  readonly isConnected: (deviceId: string) => boolean;
  /** Its control connections. */
  readonly sessionsOf: (deviceId: string) => readonly string[];
  readonly nowMs: () => number;
}

/** The door's own endpoints: who am I, pair me, who else is paired. */
export function pairingRoutes(options: PairingRoutesOptions): Route[] {
  const { access, fingerprint, nowMs } = options;
  const show = ({ id, name, role, pairedAt }: PairedDevice, callerId: string | undefined): ShownDevice => {
    const lastSeenAt = access.lastSeenAt(id);
    return {
      id,
      name,
      role,
      pairedAt,
      ...(lastSeenAt !== undefined && { lastSeenAt }),
      isThisDevice: id === callerId,
      isConnected: options.isConnected(id),
      sessions: [...options.sessionsOf(id)],
    };
  };

  return [
    read({
      path: '/api/session',
      leastRole: 'none',
      summary: 'What the asking device may do, and whether it can be paired now.',
      answers: sessionSchema,
      handle({ caller }) {
        const pairing = access.pairing();
        const device = caller.deviceId === undefined ? undefined : access.devices.find(caller.deviceId);
        // A proxy on this machine would make every phone look like the car's own screen, but it says that it is one.
        const onOwnScreen = isThisMachine(caller.source) && !caller.isForwarded;
        const body: Session = {
          role: caller.role ?? null,
          // Passed on by a proxy, it is not this machine's own any more.
          pairingNeeded: access.pairingNeeded || caller.isForwarded,
          pairingOpen: pairing.open,
          pairingForS: pairing.open ? Math.ceil((pairing.untilMs - nowMs()) / 1000) : 0,
          device: device === undefined ? null : { id: device.id, name: device.name },
          ...((device !== undefined || onOwnScreen) && { urls: [...options.outwardUrls()] }),
          ...(pairing.open && onOwnScreen && { code: pairing.code }),
          ...(fingerprint !== undefined && { fingerprint }),
        };
        return { kind: 'json', body };
      },
    }),

    change({
      method: 'POST',
      path: '/api/pair',
      leastRole: 'none',
      whileArmed: 'allowed',
      summary: 'Pairs the asking device, by the code that the car shows.',
      maxBodyBytes: 1024,
      body: z.strictObject({
        code: z.string().max(64),
        name: deviceNameSchema,
        /** A browser gets its token as a cookie, a program in the answer. */
        as: z.enum(['browser', 'program']).default('browser'),
      }),
      answers: pairedSchema,
      handle({ body, caller }) {
        if (!access.pairingNeeded) {
          return {
            kind: 'error',
            status: 409,
            code: 'not-needed',
            text: 'this car listens on its own machine alone: nothing needs to be paired',
          };
        }
        const paired = access.pair(body.code.replace(/[\s-]/g, ''), body.name, caller.source);
        if (paired.kind !== 'paired') return explainRefusal(paired, nowMs());
        const { device, token } = paired;
        const shown = { id: device.id, name: device.name, role: device.role };
        if (body.as === 'program') return { kind: 'json', body: { device: shown, token } };
        const cookie = tokenCookie({ name: access.cookieName, token, secure: caller.isSecure });
        return { kind: 'json', body: { device: shown }, headers: { 'Set-Cookie': cookie } };
      },
    }),

    change({
      method: 'POST',
      path: '/api/ticket',
      leastRole: 'viewer',
      whileArmed: 'allowed',
      summary: 'A stand-in for the token in a URL (?ticket=): good once, for five seconds.',
      body: noBody,
      answers: z.object({ ticket: z.string(), forMs: z.number() }),
      handle: ({ caller }) => ({
        kind: 'json',
        body: { ticket: access.issueTicket(caller.deviceId), forMs: ticketLifeMs },
      }),
    }),

    read({
      path: '/api/devices',
      leastRole: 'driver',
      summary: 'The paired devices.',
      answers: deviceListSchema,
      handle: ({ caller }) => ({
        kind: 'json',
        body: { devices: access.devices.all.map((device) => show(device, caller.deviceId)) },
      }),
    }),

    change({
      method: 'PATCH',
      path: '/api/devices/:id',
      leastRole: 'driver',
      whileArmed: 'allowed',
      summary: 'Gives a paired device another name or role.',
      maxBodyBytes: 1024,
      body: z.strictObject({ name: deviceNameSchema.optional(), role: roleSchema.optional() }),
      answers: shownDeviceSchema,
      handle({ parameters, body, caller }) {
        const device = access.devices.edit(parameters['id'] ?? '', body);
        return device === undefined ? noSuchDevice : { kind: 'json', body: show(device, caller.deviceId) };
      },
    }),

    change({
      method: 'DELETE',
      path: '/api/devices/:id',
      leastRole: 'driver',
      whileArmed: 'allowed',
      summary: 'Revokes a device: it is disconnected at once, and its token is worth nothing any more.',
      body: noBody,
      answers: z.object({}),
      handle({ parameters, caller }) {
        const id = parameters['id'] ?? '';
        if (!access.devices.revoke(id)) return noSuchDevice;
        const headers = id === caller.deviceId ? { 'Set-Cookie': noCookie(access.cookieName) } : {};
        return { kind: 'json', body: {}, headers };
      },
    }),
  ];
}

function explainRefusal(refusal: Exclude<Paired, { kind: 'paired' }>, nowMs: number): ApiAnswer {
  switch (refusal.kind) {
    case 'wrong':
      return { kind: 'error', status: 401, code: 'wrong-code', text: 'this is not the code that the car shows' };
    case 'closed':
      return {
        kind: 'error',
        status: 403,
        code: 'pairing-closed',
        text: 'pairing is closed: open it at the car, with "jetson-car pair" or its button',
      };
    case 'too-many': {
      const waitS = Math.ceil((refusal.retryAtMs - nowMs) / 1000);
      return {
        kind: 'error',
        status: 429,
        code: 'too-many-tries',
        text: `too many tries: wait ${Math.ceil(waitS / 60)} min`,
        headers: { 'Retry-After': String(waitS) },
      };
    }
    case 'too-many-devices':
      return {
        kind: 'error',
        status: 409,
        code: 'too-many-devices',
        text: 'too many devices are paired: revoke some on a phone that drives',
      };
  }
}
