import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { PictureStage } from '../picture/picture-stage.tsx';
import type { RemoteApp } from '../remote-app.ts';
import { Alerts } from './alerts.tsx';
import { ArmControl, ArmReasons } from './arm-control.tsx';
import { DetailsSheet } from './details-sheet.tsx';
import { ModeSwitch } from './mode-switch.tsx';
import { NumbersStrip } from './numbers-strip.tsx';
import { StatusBar } from './status-bar.tsx';
import { StickPad } from './stick-pad.tsx';
import { StopButton } from './stop-button.tsx';
import { TopView } from './top-view.tsx';

const landscape = matchMedia('(orientation: landscape)');

/** The driving screen: the only one there is. styles/layout.css says where its parts stand. */
export function Remote({ app }: { app: RemoteApp }) {
  const detailsOpen = useSignal(false);
  const videoRate = useSignal(0);
  const isLandscape = useSignal(landscape.matches);
  useEffect(() => {
    const turned = (): void => {
      // A layout that goes away takes the thumbs' sticks with it.
      app.input.releaseAll();
      isLandscape.value = landscape.matches;
    };
    landscape.addEventListener('change', turned);
    return () => landscape.removeEventListener('change', turned);
  }, [app]);
  const { sticks, showTopView } = app.settings.value;
  const twoSticks = sticks === 'two' || (sticks === 'by-orientation' && isLandscape.value);
  return (
    <main class="remote" data-sticks={twoSticks ? 'two' : 'one'} data-connection={app.connection.value}>
      <StatusBar app={app} detailsOpen={detailsOpen} />
      <section class="picture">
        <div class="picture-frame">
          <PictureStage
            app={app}
            onRate={(framesPerSecond) => {
              videoRate.value = framesPerSecond;
            }}
          />
          {showTopView && <TopView app={app} />}
          <Alerts app={app} />
        </div>
      </section>
      <NumbersStrip app={app} />
      <section class="arming">
        <ModeSwitch app={app} />
        <ArmControl app={app} />
      </section>
      {twoSticks && <StickPad app={app} name="throttle" testId="stick-throttle" />}
      {twoSticks ? (
        <StickPad app={app} name="steering" testId="stick-steering" />
      ) : (
        <StickPad app={app} name="both" testId="stick" />
      )}
      <ArmReasons app={app} />
      <DetailsSheet app={app} open={detailsOpen} videoRate={videoRate} />
      <StopButton app={app} />
    </main>
  );
}
