import { useEffect, useMemo, useRef } from 'preact/hooks';
import { groundGrid } from '../../../daemon/protocol/ground-grid.ts';
import type { Settings, SettingsState } from '../../../daemon/protocol/settings.ts';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';
import { SettingsDraft } from './car-settings.ts';
import { SettingSlider } from './setting-slider.tsx';
import { SettingsFrame } from './settings-frame.tsx';

const degrees = Math.PI / 180;
/** Squares of 30 cm: two floor tiles, three sheets of A4 side by side are near enough to lay them out. */
const grid = { squareM: 0.3, nearM: 0.3, farM: 2.4, halfWidthM: 0.9 };

/** Height, pitch, roll and field of view, with the ground that they make drawn over the live picture. */
export function CameraScreen({ app }: { app: RemoteApp }) {
  const draft = useMemo(() => new SettingsDraft('camera'), []);
  const words = texts.value.carSetup;
  const loaded = draft.loaded.value;
  const camera = draft.shown.value?.camera;
  const meanwhile = draft.meanwhile.value.camera;
  const times = (value: number | undefined, factor: number) => (value === undefined ? undefined : value * factor);
  const angle = (key: 'pitchRad' | 'rollRad' | 'horizontalFieldOfViewRad', min: number, max: number) =>
    camera && (
      <SettingSlider
        name={words.camera[key]}
        testId={`set-${key}`}
        value={camera[key] / degrees}
        min={min}
        max={max}
        step={0.5}
        inWords={(value) => `${value.toFixed(1)}°`}
        meanwhile={times(meanwhile?.[key], 1 / degrees)}
        onInput={(value) => draft.set('camera', { [key]: value * degrees })}
      />
    );
  const length = (key: 'heightM' | 'forwardM', min: number, max: number) =>
    camera && (
      <SettingSlider
        name={words.camera[key]}
        testId={`set-${key}`}
        value={camera[key] * 100}
        min={min}
        max={max}
        step={0.5}
        inWords={(value) => `${value.toFixed(1)} cm`}
        meanwhile={times(meanwhile?.[key], 100)}
        onInput={(value) => draft.set('camera', { [key]: value / 100 })}
      />
    );
  return (
    <SettingsFrame app={app} draft={draft} groups={['camera']}>
      <p class="settings-hint">{words.cameraHint}</p>
      <div class="panels">
        {camera && loaded.kind === 'there' && (
          <GroundOverPicture app={app} camera={camera} frame={loaded.state.frame} />
        )}
        <section class="panel">
          {length('heightM', 3, 60)}
          {angle('pitchRad', -30, 60)}
          {angle('horizontalFieldOfViewRad', 20, 150)}
          {angle('rollRad', -15, 15)}
          {length('forwardM', -30, 60)}
        </section>
      </div>
    </SettingsFrame>
  );
}

function GroundOverPicture(props: { app: RemoteApp; camera: Settings['camera']; frame: SettingsState['frame'] }) {
  const { app, camera, frame } = props;
  const canvasRef = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const canvas = canvasRef.current;
    const context = canvas?.getContext('2d', { alpha: false });
    if (!canvas || !context) return;
    let gone = false;
    app.onPicture = (picture) => {
      createImageBitmap(new Blob([picture.jpeg], { type: 'image/jpeg' })).then(
        (bitmap) => {
          if (!gone) context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
          bitmap.close();
          picture.acknowledge();
        },
        () => picture.acknowledge(),
      );
    };
    return () => {
      gone = true;
      app.onPicture = (picture) => picture.acknowledge();
    };
  }, [app]);
  const { widthPx, heightPx } = frame;
  const lines = groundGrid({ ...frame, ...camera }, grid);
  return (
    <div class="ground" data-testid="ground-grid">
      <canvas ref={canvasRef} width={widthPx} height={heightPx} role="img" aria-label={texts.value.picture} />
      <svg viewBox={`0 0 ${widthPx} ${heightPx}`} aria-hidden="true">
        {lines.map(({ runs, atM, points }) => (
          <polyline
            key={`${runs} ${atM}`}
            class={Math.abs(atM) < 1e-6 ? 'middle' : ''}
            points={points.map(({ xPx, yPx }) => `${xPx.toFixed(1)},${yPx.toFixed(1)}`).join(' ')}
          />
        ))}
      </svg>
    </div>
  );
}
