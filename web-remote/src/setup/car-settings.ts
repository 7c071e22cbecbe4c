import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { CarApi } from '../../../daemon/protocol/car-api.ts';
import type { Settings, SettingsGroup, SettingsPatch, SettingsState } from '../../../daemon/protocol/settings.ts';
import { carApi, whyNot } from '../link/car-api.ts';
import { type Draft, type KeptDraft, keptDraft, noDraft } from './kept-draft.ts';

export type Loaded =
  | { readonly kind: 'loading' }
  | { readonly kind: 'there'; readonly state: SettingsState }
  | { readonly kind: 'failed'; readonly text: string };

/**
 * The car's settings as one screen edits them: what is in force, and what was changed here and is not saved yet. The car
 * checks and keeps; a refusal is shown in its own words, and the draft stays. It stays too when the screen is left or loaded anew.
 * Whatever somebody else set meanwhile is shown before it is saved over.
 */
export class SettingsDraft {
  readonly api: CarApi;
  readonly loaded = signal<Loaded>({ kind: 'loading' });
  readonly refusal = signal<string | undefined>(undefined);
  readonly busy = signal(false);
  readonly #draft = signal<Draft>(noDraft);
  readonly #screen: string;
  /** From the first answer on: a draft is of one car, and only the car says which it is. */
  #kept: KeptDraft | undefined;
  /** What the sliders show: the draft over what is in force. */
  readonly shown: ReadonlySignal<Settings | undefined> = computed(() => {
    const { value } = this.loaded;
    return value.kind === 'there' ? overlay(value.state.settings, this.#draft.value.changes) : undefined;
  });
  readonly changed = computed(() => Object.keys(this.#draft.value.changes).length > 0);
  /** Of what was changed here, what the car has now where that is neither what it had then nor what was chosen here. */
  readonly meanwhile: ReadonlySignal<SettingsPatch> = computed(() => {
    const { value } = this.loaded;
    return value.kind === 'there' ? changedMeanwhile(value.state.settings, this.#draft.value) : {};
  });
  readonly isBehind = computed(() => Object.keys(this.meanwhile.value).length > 0);

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
      this.#draft.value = this.#kept.read();
      this.loaded.value = { kind: 'there', state };
    } catch (error) {
      this.loaded.value = { kind: 'failed', text: whyNot(error) };
    }
  }

  set<Group extends SettingsGroup>(group: Group, values: NonNullable<SettingsPatch[Group]>): void {
    const { changes, from } = this.#draft.value;
    const { value } = this.loaded;
    const inCar = value.kind === 'there' ? value.state.settings[group] : undefined;
    const before = Object.fromEntries(Object.keys(values).map((key) => [key, at(inCar, key)]));
    this.#change({
      changes: { ...changes, [group]: { ...changes[group], ...values } },
      from: { ...from, [group]: { ...before, ...from[group] } },
    });
    this.refusal.value = undefined;
  }

  discard(): void {
    this.#change(noDraft);
    this.refusal.value = undefined;
  }

  /** Asks the car for its values first: what somebody else has set meanwhile is shown, and only saving once more goes over it. */
  save(): Promise<void> {
    return this.#ask(async () => {
      const told = this.meanwhile.value;
      this.loaded.value = { kind: 'there', state: await this.api.settings() };
      if (isAmong(this.meanwhile.value, told)) this.#done(await this.api.changeSettings(this.#draft.value.changes));
    });
  }

  undo(): Promise<void> {
    return this.#ask(async () => this.#done(await this.api.undoSettings()));
  }

  async reset(groups: readonly SettingsGroup[]): Promise<void> {
    for (const group of groups) await this.#ask(async () => this.#done(await this.api.resetSettings(group)));
  }

  #change(draft: Draft): void {
    this.#draft.value = draft;
    this.#kept?.write(draft);
  }

  #done(state: SettingsState): void {
    this.loaded.value = { kind: 'there', state };
    this.#change(noDraft);
  }

  async #ask(request: () => Promise<void>): Promise<void> {
    this.busy.value = true;
    this.refusal.value = undefined;
    try {
      await request();
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

function changedMeanwhile(settings: Settings, { changes, from }: Draft): SettingsPatch {
  const groups = entriesOf(changes).flatMap(([group, values]) => {
    const inCar = settings[group];
    // What this car does not have at all is not shown, and refused by it in words.
    if (inCar === undefined) return [];
    const moved = Object.entries(values ?? {}).flatMap(([key, chosen]) => {
      const now = at(inCar, key);
      return isSame(now, at(from[group], key)) || isSame(now, chosen) ? [] : [[key, now]];
    });
    return moved.length === 0 ? [] : [[group, Object.fromEntries(moved)]];
  });
  return Object.fromEntries(groups);
}

function isAmong(some: SettingsPatch, all: SettingsPatch): boolean {
  return entriesOf(some).every(([group, values]) =>
    Object.entries(values ?? {}).every(([key, value]) => isSame(value, at(all[group], key))),
  );
}

function entriesOf(patch: SettingsPatch): [SettingsGroup, SettingsPatch[SettingsGroup]][] {
  return Object.entries(patch) as [SettingsGroup, SettingsPatch[SettingsGroup]][];
}

function at(values: object | undefined, key: string): unknown {
  return values === undefined ? undefined : Reflect.get(values, key);
}

/** Numbers, words and lists of words. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
