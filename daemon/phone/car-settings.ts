import type { CarConfig } from '../car/config.ts';
import type { ConfigChanges } from '../car/config-changes.ts';
import type { ConfigKeeper } from '../car/passing-config.ts';
import { changesOf, resetChangesOf, settingsBetween, settingsOf, withSettings } from '../car/settings.ts';
import { ToldError } from '../platform/user-error.ts';
import type { Settings, SettingsGroup, SettingsPatch, SettingsState } from '../protocol/settings.ts';
import { trouble } from '../protocol/troubles.ts';

/** As many changes can be taken back. */
const undoDepth = 20;

/** What a change took the place of: what was in force, the command line's values among it, and how what is kept goes back. */
interface Before {
  readonly settings: Settings;
  takeBack(): void;
}

/**
 * The settings of the running car: what is in force, where changes are kept, and what was before. A change is checked, kept,
 * and only then applied; while the car is armed nobody gets here (the routes answer 409).
 */
export class CarSettings {
  #config: CarConfig;
  readonly #keeper: ConfigKeeper;
  readonly #checkNetwork: (modelFile: string) => void;
  readonly #apply: (config: CarConfig, before: CarConfig) => void;
  readonly #before: Before[] = [];

  constructor(options: {
    readonly config: CarConfig;
    readonly keeper: ConfigKeeper;
    /** @throws UserError for a network that the car could not drive with. */
    readonly checkNetwork: (modelFile: string) => void;
    readonly apply: (config: CarConfig, before: CarConfig) => void;
  }) {
    this.#config = options.config;
    this.#keeper = options.keeper;
    this.#checkNetwork = options.checkNetwork;
    this.#apply = options.apply;
  }

  get state(): SettingsState {
    const { widthPx, heightPx, radialDistortion } = this.#config.camera;
    const { file } = this.#keeper;
    return {
      settings: settingsOf(this.#config),
      undoable: this.#before.length,
      kept: file === undefined ? { kind: 'until-the-end' } : { kind: 'file', file },
      frame: { widthPx, heightPx, radialDistortion: [...radialDistortion] },
    };
  }

  /** @throws UserError naming each value that is refused, and why. Nothing is changed then. */
  change(patch: SettingsPatch): void {
    this.#remember(changesOf(patch), (changes) => this.#keep(patch, () => this.#keeper.change(changes)));
  }

  /** The vehicle preset's own values for one group. @throws UserError as `change` does. */
  reset(group: SettingsGroup): void {
    this.#remember(resetChangesOf(group, settingsOf(this.#config)), (changes) => {
      const kept = this.#keeper.change(changes, ({ detector }) => {
        if (group === 'detector') this.#checkNetwork(detector.modelFile);
      });
      this.#use({ [group]: settingsOf(kept)[group] });
    });
  }

  /** @throws UserError when there is nothing to take back, or as `change` does. */
  undo(): void {
    const before = this.#before.at(-1);
    if (before === undefined)
      throw new ToldError(
        trouble('nothing-to-undo', {}),
        'nothing was changed since the car started: there is nothing to undo',
      );
    this.#keep(settingsBetween(settingsOf(this.#config), before.settings), () => before.takeBack());
    this.#before.pop();
  }

  #remember(changes: ConfigChanges, make: (changes: ConfigChanges) => void): void {
    const before = { settings: settingsOf(this.#config), takeBack: this.#keeper.takingBack(changes) };
    make(changes);
    this.#before.push(before);
    if (this.#before.length > undoDepth) this.#before.shift();
  }

  #keep(patch: SettingsPatch, write: () => void): void {
    if (patch.detector?.modelFile !== undefined) this.#checkNetwork(patch.detector.modelFile);
    write();
    this.#use(patch);
  }

  #use(patch: SettingsPatch): void {
    const before = this.#config;
    this.#config = withSettings(before, patch);
    this.#apply(this.#config, before);
  }
}
