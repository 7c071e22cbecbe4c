import { Toggle } from '../parts/fields.tsx';
import type { RemoteApp } from '../remote-app.ts';
import { chooseLanguage, type Language, language, languages, texts } from '../texts/language.ts';

/** Language, light or dark, and what is drawn over the picture. */
export function DisplayScreen({ app }: { app: RemoteApp }) {
  const words = texts.value.thisPhone;
  const settings = app.settings.value;
  return (
    <div class="panels">
      <section class="panel">
        <h2>{words.language}</h2>
        <fieldset class="choice three">
          <legend class="unseen">{words.language}</legend>
          {(Object.keys(languages) as Language[]).map((name) => (
            <button
              key={name}
              type="button"
              lang={name}
              data-testid={`language-${name}`}
              aria-pressed={language.value === name}
              onClick={() => chooseLanguage(name)}
            >
              {languages[name].languageName}
            </button>
          ))}
        </fieldset>
        <h2 class="second">{words.appearance}</h2>
        <fieldset class="choice three">
          <legend class="unseen">{words.appearance}</legend>
          {(['system', 'dark', 'light'] as const).map((appearance) => (
            <button
              key={appearance}
              type="button"
              data-testid={`appearance-${appearance}`}
              aria-pressed={settings.appearance === appearance}
              onClick={() => {
                app.settings.value = { ...settings, appearance };
              }}
            >
              {words.appearances[appearance]}
            </button>
          ))}
        </fieldset>
      </section>
      <section class="panel">
        <h2>{texts.value.overThePicture}</h2>
        <div class="toggles">
          <Toggle app={app} of="showBoxes" />
          <Toggle app={app} of="showLabels" />
          <Toggle app={app} of="showLane" />
          <Toggle app={app} of="showPath" />
          <Toggle app={app} of="showTrajectory" />
          <Toggle app={app} of="showTopView" />
        </div>
      </section>
      <section class="panel">
        <h2>{words.messages}</h2>
        <Toggle app={app} of="haptics" />
        <Toggle app={app} of="keepAwake" />
      </section>
    </div>
  );
}
