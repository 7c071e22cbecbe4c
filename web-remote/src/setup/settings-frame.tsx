import type { ComponentChildren } from 'preact';
import type { SettingsGroup } from '../../../daemon/protocol/settings.ts';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';
import type { SettingsDraft } from './car-settings.ts';

/** Round a screen of settings: what to do with the changes, and why they cannot be made now. */
export function SettingsFrame(props: {
  app: RemoteApp;
  draft: SettingsDraft;
  groups: readonly SettingsGroup[];
  children: ComponentChildren;
}) {
  const { app, draft, groups } = props;
  const words = texts.value.carSetup;
  const loaded = draft.loaded.value;
  switch (loaded.kind) {
    case 'loading':
      return <p class="screen-note">{texts.value.loadingScreen}</p>;
    case 'failed':
      return (
        <div class="screen-note">
          <p>{loaded.text}</p>
          <button type="button" onClick={() => void draft.load()}>
            {texts.value.tryAgain}
          </button>
        </div>
      );
    case 'there': {
      const armed = app.telemetry.value !== undefined && !['disarmed', 'estop'].includes(app.telemetry.value.mode);
      const onlyWatches = app.mayOnlyWatch.value;
      const still = armed || onlyWatches || draft.busy.value;
      return (
        <form
          class="settings"
          onSubmit={(event) => {
            event.preventDefault();
            void draft.save();
          }}
        >
          {props.children}
          <footer class="settings-actions">
            <p role="status" data-testid="settings-note">
              {draft.refusal.value ??
                (onlyWatches ? texts.value.mayNotChange : note(draft, armed, loaded.state.kept.kind))}
            </p>
            <button class="primary" type="submit" data-testid="settings-save" disabled={still || !draft.changed.value}>
              {draft.isBehind.value ? words.saveOver : words.save}
            </button>
            {draft.changed.value ? (
              <button type="button" data-testid="settings-discard" onClick={() => draft.discard()}>
                {words.discard}
              </button>
            ) : (
              <button
                type="button"
                data-testid="settings-undo"
                disabled={still || loaded.state.undoable === 0}
                onClick={() => void draft.undo()}
              >
                {words.undo}
              </button>
            )}
            <button
              type="button"
              data-testid="settings-reset"
              disabled={still}
              onClick={() => void draft.reset(groups)}
            >
              {words.reset}
            </button>
          </footer>
        </form>
      );
    }
  }
}

function note(draft: SettingsDraft, armed: boolean, kept: 'file' | 'until-the-end'): string {
  const words = texts.value.carSetup;
  if (armed) return words.disarmFirst;
  if (draft.isBehind.value) return words.savesOver;
  if (draft.changed.value) return words.notSaved;
  return kept === 'file' ? '' : words.notKept;
}
