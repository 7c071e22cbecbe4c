import { z } from 'zod';
import {
  networkListSchema,
  type SettingsGroup,
  type SettingsPatch,
  type SettingsState,
  settingsStateSchema,
} from './settings.ts';

/** What of `fetch` is needed: browsers and Node both have it. */
export type Fetch = (
  url: string,
  options: { readonly method: string; readonly headers: Record<string, string>; readonly body?: string },
) => Promise<{ readonly ok: boolean; readonly status: number; json(): Promise<unknown> }>;

/** The car's own words for why it did not do something, with a word for programs. */
export class CarRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, text: string) {
    super(text);
    this.status = status;
    this.code = code;
  }
}

const refusalSchema = z.object({ error: z.object({ code: z.string(), text: z.string() }) });

/**
 * The car's settings over HTTP, typed and checked; for browsers, where the cookie says who asks, and for programs, with a
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
    const refusal = refusalSchema.safeParse(json);
    if (!refusal.success) throw new CarRefusal(answer.status, 'unknown', `the car answered ${answer.status}`);
    throw new CarRefusal(answer.status, refusal.data.error.code, refusal.data.error.text);
  }
}
