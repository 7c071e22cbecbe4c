import { z } from 'zod';
import { apiErrorSchema } from './api-errors.ts';
import { type LogPage, type LogQuery, logPageSchema } from './log-entries.ts';
import {
  deviceListSchema,
  type Role,
  type Session,
  type ShownDevice,
  sessionSchema,
  shownDeviceSchema,
} from './pairing.ts';
import { type PowerAction, type PowerAnswer, type PowerState, powerAnswerSchema, powerStateSchema } from './power.ts';
import {
  type NetworkFacts,
  networkFactsSchema,
  networkListSchema,
  type SettingsGroup,
  type SettingsPatch,
  type SettingsState,
  settingsStateSchema,
} from './settings.ts';
import type { Trouble } from './troubles.ts';
import { type WifiAnswer, wifiAnswerSchema } from './wifi.ts';

/** What of `fetch` is needed: browsers and Node both have it. */
export type Fetch = (
  url: string,
  options: { readonly method: string; readonly headers: Record<string, string>; readonly body?: string },
) => Promise<{ readonly ok: boolean; readonly status: number; json(): Promise<unknown> }>;

/** The car's own words for why it did not do something, with a word for programs. */
export class CarRefusal extends Error {
  readonly status: number;
  readonly code: string;
  /** What exactly, by its code: for texts in other languages. */
  readonly trouble: Trouble | undefined;

  constructor(status: number, code: string, text: string, trouble?: Trouble) {
    super(text);
    this.trouble = trouble;
    this.status = status;
    this.code = code;
  }
}

/**
 * The car over HTTP, typed and checked; for browsers, where the cookie says who asks, and for programs, with a
 * token. Every method rejects with `CarRefusal` when the car refuses, and with the error of `fetch` when it cannot be reached.
 */
export class CarApi {
  readonly #address: string;
  readonly #fetch: Fetch;
  readonly #token: string | undefined;

  /** @param options.address such as `http://127.0.0.1:8080`; empty for the page's own car. */
  constructor(options: { readonly address: string; readonly fetch: Fetch; readonly token?: string }) {
    this.#address = options.address.replace(/\/$/, '');
    this.#fetch = options.fetch;
    this.#token = options.token;
  }

  settings(): Promise<SettingsState> {
    return this.#ask('GET', '/api/settings', settingsStateSchema);
  }

  changeSettings(patch: SettingsPatch): Promise<SettingsState> {
    return this.#ask('PATCH', '/api/settings', settingsStateSchema, patch);
  }

  undoSettings(): Promise<SettingsState> {
    return this.#ask('POST', '/api/settings/undo', settingsStateSchema, {});
  }

  resetSettings(group: SettingsGroup): Promise<SettingsState> {
    return this.#ask('POST', '/api/settings/reset', settingsStateSchema, { group });
  }

  networks(): Promise<z.infer<typeof networkListSchema>> {
    return this.#ask('GET', '/api/networks', networkListSchema);
  }

  /** What one of them says of itself; the first time the car takes a moment to read it. */
  networkFacts(name: string): Promise<NetworkFacts> {
    return this.#ask('GET', `/api/networks/${encodeURIComponent(name)}`, networkFactsSchema);
  }

  /** Who the asker is to the car, and whether it can be paired now. */
  session(): Promise<Session> {
    return this.#ask('GET', '/api/session', sessionSchema);
  }

  async devices(): Promise<readonly ShownDevice[]> {
    return (await this.#ask('GET', '/api/devices', deviceListSchema)).devices;
  }

  editDevice(id: string, changes: { readonly name?: string; readonly role?: Role }): Promise<ShownDevice> {
    return this.#ask('PATCH', `/api/devices/${encodeURIComponent(id)}`, shownDeviceSchema, changes);
  }

  /** Its connections end at once. */
  async revokeDevice(id: string): Promise<void> {
    await this.#ask('DELETE', `/api/devices/${encodeURIComponent(id)}`, z.object({}));
  }

  /** The log, oldest line first. To follow it, ask again with `after` as `newest` was. */
  logs(query: LogQuery = {}): Promise<LogPage> {
    const asked = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
    const search = asked.map(([key, value]) => `${key}=${encodeURIComponent(value ?? '')}`).join('&');
    return this.#ask('GET', `/api/logs?${search}`, logPageSchema);
  }

  power(): Promise<PowerState> {
    return this.#ask('GET', '/api/power', powerStateSchema);
  }

  /** Restart or shut down. Only while disarmed. */
  beginPower(action: PowerAction): Promise<PowerAnswer> {
    return this.#ask('POST', '/api/power', powerAnswerSchema, { action });
  }

  wifi(): Promise<WifiAnswer> {
    return this.#ask('GET', '/api/wifi', wifiAnswerSchema);
  }

  async #ask<T>(method: string, path: string, answers: z.ZodType<T>, body?: object): Promise<T> {
    const answer = await this.#fetch(`${this.#address}${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(this.#token !== undefined && { Authorization: `Bearer ${this.#token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const json = await answer.json();
    if (answer.ok) return answers.parse(json);
    const refusal = apiErrorSchema.safeParse(json);
    if (!refusal.success) throw new CarRefusal(answer.status, 'unknown', `the car answered ${answer.status}`);
    const { code, text, trouble } = refusal.data.error;
    throw new CarRefusal(answer.status, code, text, trouble);
  }
}
