import { RotateCcw } from 'lucide';
import { useLayoutEffect } from 'preact/hooks';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';
import { obstacleWords } from '../texts/told.ts';
import { HoldButton } from './hold-button.tsx';
import { Icon } from './icons.tsx';
import { OwnPressButton } from './own-press-button.tsx';
import { ResetButton } from './reset-button.tsx';

/** Arming takes a hold; disarming and releasing the stop take a touch. Who only watches
 * can ask for the wheel. All in one place, for only one applies at a time. */
export function ArmControl({ app }: { app: RemoteApp }) {
  useKeptFocus();
  const mode = app.telemetry.value?.mode;
  const isDriver = app.isDriver.value;
  if (app.mayOnlyWatch.value && app.connection.value === 'connected') {
    return (
      <p class="arm only-watch" data-testid="only-watch">
        {texts.value.pairedToWatch}
      </p>
    );
  }
  if (!isDriver && app.connection.value === 'connected') {
    const someoneDrives = app.telemetry.value?.driver !== undefined;
    return (
      <button type="button" class="arm plain strong" data-testid="take-over" onClick={() => app.takeOver()}>
        {someoneDrives ? texts.value.takeOver : texts.value.takeWheel}
      </button>
    );
  }
  if (mode === 'estop') {
    return (
      <OwnPressButton
        key="release-stop"
        class="arm plain strong"
        testId="release-stop"
        disabled={!isDriver}
        onPress={() => app.releaseStop()}
      >
        <Icon shape={RotateCcw} />
        {texts.value.releaseStop}
      </OwnPressButton>
    );
  }
  if (mode === 'manual' || mode === 'auto' || mode === 'stopping') {
    return (
      <OwnPressButton key="disarm" class="arm plain" testId="arm" disabled={!isDriver} onPress={() => app.disarm()}>
        {texts.value.disarm}
      </OwnPressButton>
    );
  }
  const unable = !isDriver || mode === undefined || app.obstacles.value.length > 0;
  return (
    <HoldButton testId="arm" unable={unable} describedBy="arm-reasons" onHeld={() => app.arm()}>
      {(held) => (held ? texts.value.keepHolding : texts.value.holdToArm)}
    </HoldButton>
  );
}

/** Whoever steers by keys stays where they were when one of these controls takes the place of another. */
function useKeptFocus(): void {
  const hadFocus = document.activeElement?.classList.contains('arm') ?? false;
  useLayoutEffect(() => {
    if (hadFocus && document.activeElement === document.body) document.querySelector<HTMLElement>('.arm')?.focus();
  });
}

/** Every reason why the car cannot be armed. Lies over the sticks, which are of no use as long as there is one. */
export function ArmReasons({ app }: { app: RemoteApp }) {
  const obstacles = app.obstacles.value;
  return (
    <section id="arm-reasons" class="reasons" data-testid="arm-reasons" aria-live="polite">
      {obstacles.length > 0 && (
        <div class="reasons-card">
          <h2>{texts.value.cannotArm}</h2>
          <ul>
            {obstacles.map((obstacle) => {
              const { text, cure } = obstacleWords(texts.value, obstacle);
              return (
                <li key={obstacle.code}>
                  <strong>{text}</strong>
                  <span>{cure}</span>
                </li>
              );
            })}
          </ul>
          {obstacles.some(({ code }) => code === 'no-track') && <ResetButton app={app} />}
        </div>
      )}
    </section>
  );
}
