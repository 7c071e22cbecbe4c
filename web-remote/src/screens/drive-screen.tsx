import { useSignal } from '@preact/signals';
import { SlidersHorizontal, X } from 'lucide';
import { useEffect, useRef } from 'preact/hooks';
import { Alerts } from '../parts/alerts.tsx';
import { ArmControl, ArmReasons } from '../parts/arm-control.tsx';
import { Icon } from '../parts/icons.tsx';
import { ModeSwitch } from '../parts/mode-switch.tsx';
import { NumbersStrip } from '../parts/numbers-strip.tsx';
import { QuickSettings } from '../parts/quick-settings.tsx';
import { StickPad } from '../parts/stick-pad.tsx';
import { TopView } from '../parts/top-view.tsx';
import { PictureStage } from '../picture/picture-stage.tsx';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';

const landscape = matchMedia('(orientation: landscape)');

/** Where one drives. styles/layout.css says where its parts stand. */
export function DriveScreen({ app }: { app: RemoteApp }) {
  const detailsOpen = useSignal(false);
  const detailsButton = useRef<HTMLButtonElement>(null);
  const isLandscape = useSignal(landscape.matches);
  useEffect(() => {
    const turned = (): void => {
      // A layout that goes away takes the thumbs' sticks with it.
      app.letGo();
      isLandscape.value = landscape.matches;
    };
    landscape.addEventListener('change', turned);
    return () => landscape.removeEventListener('change', turned);
  }, [app]);
  const { sticks, showTopView } = app.settings.value;
  const layout = sticks === 'by-orientation' ? (isLandscape.value ? 'two' : 'one') : sticks;
  return (
    <div class="drive" data-sticks={layout}>
      <section class="picture">
        <div class="picture-frame">
          <PictureStage app={app} />
          {/* Without telemetry nothing is known to stand around the car. */}
          {showTopView && app.telemetry.value !== undefined && <TopView app={app} />}
        </div>
        <Alerts app={app} whyStopped={app.whyStopped.value} />
      </section>
      <button
        ref={detailsButton}
        type="button"
        class="details"
        data-testid="details"
        aria-label={detailsOpen.value ? texts.value.close : texts.value.details}
        aria-expanded={detailsOpen.value}
        onClick={() => {
          detailsOpen.value = !detailsOpen.value;
        }}
      >
        <Icon shape={detailsOpen.value ? X : SlidersHorizontal} />
      </button>
      {/* Right behind its button, where the next Tab leads. */}
      {detailsOpen.value && (
        <QuickSettings
          app={app}
          onClose={() => {
            detailsOpen.value = false;
            detailsButton.current?.focus();
          }}
        />
      )}
      <NumbersStrip app={app} />
      <ModeSwitch app={app} />
      <ArmControl app={app} />
      {layout !== 'one' && <StickPad app={app} name="throttle" testId="stick-throttle" />}
      {layout === 'two' && <StickPad app={app} name="steering" testId="stick-steering" />}
      {layout === 'one' && <StickPad app={app} name="both" testId="stick" />}
      <ArmReasons app={app} />
    </div>
  );
}
