import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { CarApi } from '../../../daemon/protocol/car-api.ts';
import type { Settings, SettingsGroup, SettingsPatch, SettingsState } from '../../../daemon/protocol/settings.ts';
import { carApi, whyNot } from '../link/car-api.ts';
import { type KeptDraft, keptDraft } from './kept-draft.ts';

export type Loaded =
  | { readonly kind: 'loading' }
  | { readonly kind: 'there'; readonly state: SettingsState }
  | { readonly kind: 'failed'; readonly text: string };

/**
 * The car's settings as one screen edits them: what is in force, and what was changed here and is not saved yet. The car
 * checks and keeps; a refusal is shown in its own words, and the draft stays. It stays too when the screen is left or loaded anew.
 */
export class SettingsDraft {
  readonly api: CarApi;
  readonly loaded = signal<Loaded>({ kind: 'loading' });
  readonly refusal = signal<string | undefined>(undefined);
  readonly busy = signal(false);
  readonly #patch = signal<SettingsPatch>({});
  readonly #screen: string;
  /** From the first answer on: a draft is of one car, and only the car says which it is. */
  #kept: KeptDraft | undefined;
  /** What the sliders show: the draft over what is in force. */
  readonly shown: ReadonlySignal<Settings | undefined> = computed(() => {
    const { value } = this.loaded;
    return value.kind === 'there' ? overlay(value.state.settings, this.#patch.value) : undefined;
  });
  readonly changed = computed(() => Object.keys(this.#patch.value).length > 0);

  /** @param screen whose draft this is. */
  constructor(screen: string, api: CarApi = carApi) {
    this.api = api;
    this.#screen = screen;
    void this.load();
  }

  async load(): Promise<void> {
    this.loaded.value = { kind: 'loading' };
    try {
      const [state, { device }] = await Promise.all([this.api.settings(), this.api.session()]);
      this.#kept = keptDraft({ screen: this.#screen, deviceId: device?.id }, () => sessionStorage);
      this.#patch.value = this.#kept.read();
      this.loaded.value = { kind: 'there', state };
    } catch (error) {
      this.loaded.value = { kind: 'failed', text: whyNot(error) };
    }
  }

  set<Group extends SettingsGroup>(group: Group, values: NonNullable<SettingsPatch[Group]>): void {
    this.#change({ ...this.#patch.value, [group]: { ...this.#patch.value[group], ...values } });
    this.refusal.value = undefined;
  }

  discard(): void {
    this.#change({});
    this.refusal.value = undefined;
  }

  save(): Promise<void> {
    return this.#ask(() => this.api.changeSettings(this.#patch.value));
  }

  undo(): Promise<void> {
    return this.#ask(() => this.api.undoSettings());
  }

  async reset(groups: readonly SettingsGroup[]): Promise<void> {
    for (const group of groups) await this.#ask(() => this.api.resetSettings(group));
  }

  #change(patch: SettingsPatch): void {
    this.#patch.value = patch;
    this.#kept?.write(patch);
  }

  async #ask(request: () => Promise<SettingsState>): Promise<void> {
    this.busy.value = true;
    this.refusal.value = undefined;
    try {
      this.loaded.value = { kind: 'there', state: await request() };
      this.#change({});
    } catch (error) {
      this.refusal.value = whyNot(error);
    } finally {
      this.busy.value = false;
    }
  }
}

function overlay(settings: Settings, patch: SettingsPatch): Settings {
  const groups = Object.entries(settings).map(([group, values]) => [
    group,
    { ...values, ...patch[group as SettingsGroup] },
  ]);
  return Object.fromEntries(groups) as Settings;
}
