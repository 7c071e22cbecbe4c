import {
  type InstalledNetwork,
  type NetworkFacts,
  networkFactsSchema,
  networkListSchema,
  type SettingsGroup,
  type SettingsPatch,
  type SettingsState,
  settingsPatchSchema,
  settingsResetSchema,
  settingsStateSchema,
} from '../../protocol/settings.ts';
import { type ApiAnswer, change, noBody, type Route, read } from './route.ts';

/** What these routes want of the daemon. Each change throws UserError when it is refused, and then nothing has changed. */
export interface SettingsPort {
  readonly state: SettingsState;
  change(patch: SettingsPatch): void;
  reset(group: SettingsGroup): void;
  undo(): void;
}

/** The settings of the car, changed by a driver while it is disarmed. */
export function settingsRoutes(port: {
  readonly settings: SettingsPort;
  readonly networks: () => InstalledNetwork[];
  /** Rejects with UserError for a network that cannot be used. */
  readonly networkFacts: (network: InstalledNetwork) => Promise<NetworkFacts>;
}): Route[] {
  const { settings, networks, networkFacts } = port;
  const stateAfter = (act: () => void): ApiAnswer => {
    act();
    return { kind: 'json', body: settings.state };
  };
  const changing = { leastRole: 'driver', whileArmed: 'refused', answers: settingsStateSchema } as const;
  return [
    read({
      path: '/api/settings',
      leastRole: 'viewer',
      summary: 'What is in force, and whether a change can be taken back.',
      answers: settingsStateSchema,
      handle: () => stateAfter(() => {}),
    }),
    change({
      ...changing,
      method: 'PATCH',
      path: '/api/settings',
      summary: 'Changes some of the settings: checked as a whole, kept, in force at once.',
      body: settingsPatchSchema,
      handle: ({ body }) => stateAfter(() => settings.change(body)),
    }),
    change({
      ...changing,
      method: 'POST',
      path: '/api/settings/undo',
      summary: 'Takes the last change back, up to twenty of this run.',
      body: noBody,
      handle: () => stateAfter(() => settings.undo()),
    }),
    change({
      ...changing,
      method: 'POST',
      path: '/api/settings/reset',
      summary: "Gives one group of settings the vehicle preset's values.",
      body: settingsResetSchema,
      handle: ({ body }) => stateAfter(() => settings.reset(body.group)),
    }),
    read({
      path: '/api/networks',
      leastRole: 'viewer',
      summary: 'The networks that can be chosen, each with its card.',
      answers: networkListSchema,
      handle: () => ({
        kind: 'json',
        body: { networks: networks(), inUse: settings.state.settings.detector.modelFile },
      }),
    }),
    read({
      path: '/api/networks/:name',
      leastRole: 'viewer',
      whileArmed: 'refused',
      summary: 'What one network says of itself: labels, input, opset, what may go wrong with it.',
      answers: networkFactsSchema,
      async handle({ parameters }) {
        const network = networks().find(({ name }) => name === parameters['name']);
        if (network !== undefined) return { kind: 'json', body: await networkFacts(network) };
        return { kind: 'error', status: 404, code: 'no-such-network', text: 'there is no network of that name' };
      },
    }),
  ];
}
