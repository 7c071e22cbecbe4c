import type { RemoteApp } from '../remote-app.ts';
import { addressOf } from '../screens/route.ts';
import { texts } from '../texts/language.ts';
import { Slider, Toggle } from './fields.tsx';
import { ResetButton } from './reset-button.tsx';
import { SteeringWays } from './steering-ways.tsx';
import { useEscape } from './use-escape.ts';

/** What one changes while driving. Leaves the picture and the stop uncovered; the rest is in Set up. */
export function QuickSettings({ app, onClose }: { app: RemoteApp; onClose: () => void }) {
  useEscape(onClose);
  return (
    <aside class="sheet" data-testid="details-sheet" aria-label={texts.value.details}>
      <Slider app={app} of="throttleCap" testId="throttle-cap" minPercent={10} maxPercent={100} />
      <SteeringWays app={app} />
      <fieldset class="toggles">
        <legend>{texts.value.overThePicture}</legend>
        <Toggle app={app} of="showBoxes" />
        <Toggle app={app} of="showLabels" />
        <Toggle app={app} of="showLane" />
        <Toggle app={app} of="showPath" />
        <Toggle app={app} of="showTrajectory" />
        <Toggle app={app} of="showTopView" />
      </fieldset>
      <div class="sheet-foot">
        <a class="button" href={addressOf(['setup', 'steering'])}>
          {texts.value.moreSettings}
        </a>
        <ResetButton app={app} />
      </div>
    </aside>
  );
}
