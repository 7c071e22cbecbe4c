import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { ReceivedPicture } from '../../../daemon/protocol/car-pictures.ts';
import type { VideoHeader } from '../../../daemon/protocol/remote-messages.ts';
import { fixed } from '../fixed.ts';
import type { RemoteApp } from '../remote-app.ts';
import { inWordsOf } from '../texts/car-words.ts';
import { texts } from '../texts/language.ts';
import { drawOverlay } from './draw-overlay.ts';
import { type AgeLevel, ageLevel, pictureAgeMs, type ShownPicture } from './picture-age.ts';

/** Digits that change faster cannot be read; each stands for the worst age since the one before. */
const ageShownEveryMs = 200;

/** The picture with what belongs to it, how old it is, and whether it still lives. */
export function PictureStage({ app }: { app: RemoteApp }) {
  const pictureRef = useRef<HTMLCanvasElement>(null);
  const overlayRef = useRef<HTMLCanvasElement>(null);
  const frameId = useSignal('');
  const age = useSignal<{ level: AgeLevel; ms: number }>({ level: 'none', ms: 0 });

  useEffect(() => {
    const picture = pictureRef.current;
    const overlay = overlayRef.current;
    const pictureContext = picture?.getContext('2d', { alpha: false });
    const overlayContext = overlay?.getContext('2d');
    if (!picture || !overlay || !pictureContext || !overlayContext) return;
    let waiting: { bitmap: ImageBitmap; from: ReceivedPicture } | undefined;
    let shown: (ShownPicture & { header: VideoHeader }) | undefined;
    let worstMs = 0;
    let left = false;

    /** A picture that is not shown any more is acknowledged all the same: the car sends no other one before that. */
    const giveUpWaiting = (): void => {
      waiting?.bitmap.close();
      waiting?.from.acknowledge();
      waiting = undefined;
    };

    const redrawOverlay = (): void => {
      if (shown === undefined) return;
      const settings = app.settings.value;
      const show = {
        boxes: settings.showBoxes,
        labels: settings.showLabels,
        lane: settings.showLane,
        path: settings.showPath,
        trajectory: settings.showTrajectory,
      };
      const size = { width: overlay.clientWidth, height: overlay.clientHeight };
      const ratio = Math.min(2, window.devicePixelRatio);
      if (overlay.width !== Math.round(size.width * ratio) || overlay.height !== Math.round(size.height * ratio)) {
        overlay.width = Math.round(size.width * ratio);
        overlay.height = Math.round(size.height * ratio);
      }
      overlayContext.setTransform(ratio, 0, 0, ratio, 0, 0);
      drawOverlay(overlayContext, shown.header, size, show, (label) => inWordsOf(texts.value.carWords, label));
    };

    app.onPicture = (from) => {
      createImageBitmap(new Blob([from.jpeg], { type: 'image/jpeg' })).then(
        (bitmap) => {
          waiting?.bitmap.close();
          waiting = { bitmap, from };
          if (left) giveUpWaiting();
        },
        () => from.acknowledge(),
      );
    };

    const measureAge = (nowMs: number): number =>
      shown === undefined ? 0 : pictureAgeMs(shown, nowMs, app.carClock.toCarMs(nowMs));

    const eachFrame = (): void => {
      frameRequest = requestAnimationFrame(eachFrame);
      worstMs = Math.max(worstMs, measureAge(performance.now()));
      if (waiting === undefined) return;
      const { bitmap, from } = waiting;
      waiting = undefined;
      if (picture.width !== bitmap.width) picture.width = bitmap.width;
      if (picture.height !== bitmap.height) picture.height = bitmap.height;
      pictureContext.drawImage(bitmap, 0, 0);
      bitmap.close();
      const { header, receivedAtMs } = from;
      shown = { header, receivedAtMs, ageMs: header.ageMs, capturedAtMs: header.capturedAtMs };
      redrawOverlay();
      frameId.value = String(header.frameId);
      from.acknowledge();
    };
    let frameRequest = requestAnimationFrame(eachFrame);

    const ageTimer = setInterval(() => {
      const nowMs = performance.now();
      const ms = Math.max(worstMs, measureAge(nowMs));
      worstMs = 0;
      age.value = { level: ageLevel(shown === undefined ? undefined : ms), ms };
    }, ageShownEveryMs);
    const resized = new ResizeObserver(redrawOverlay);
    resized.observe(overlay);
    const unsubscribe = app.settings.subscribe(redrawOverlay);
    return () => {
      cancelAnimationFrame(frameRequest);
      clearInterval(ageTimer);
      resized.disconnect();
      unsubscribe();
      left = true;
      giveUpWaiting();
      app.onPicture = (from) => from.acknowledge();
    };
  }, [app]);

  const { level, ms } = age.value;
  return (
    <div class="stage" data-level={level}>
      <canvas
        ref={pictureRef}
        class="stage-picture"
        data-testid="video-canvas"
        role="img"
        aria-label={texts.value.picture}
      />
      <div aria-hidden="true">
        <canvas ref={overlayRef} class="stage-overlay" />
      </div>
      <div class="stage-badges">
        <span class="badge age" data-level={level} data-testid="picture-age" title={texts.value.ageOfPicture}>
          {level === 'none'
            ? '– ms'
            : level === 'frozen'
              ? texts.value.frozen((ms / 1000).toFixed(1))
              : `${Math.round(ms)} ms`}
        </span>
        <span class="badge frame">
          #<span data-testid="frame-id">{frameId}</span>
        </span>
        <span class="badge speed" aria-hidden="true">
          {texts.value.speedBadge(fixed(app.telemetry.value?.speedMps ?? 0, 2))}
        </span>
      </div>
      <StageNote level={level} ms={ms} lost={app.connection.value === 'lost'} isBlocked={app.isLiveBlocked.value} />
    </div>
  );
}

/** What stands over the picture when it is none. */
function StageNote(props: { level: AgeLevel; ms: number; lost: boolean; isBlocked: boolean }) {
  const { level, ms, lost, isBlocked } = props;
  if (lost) {
    return (
      <div class="stage-note" role="status" data-testid="car-is-off">
        <p>{isBlocked ? texts.value.liveIsBlocked : texts.value.carIsOff}</p>
      </div>
    );
  }
  if (level === 'frozen') {
    return (
      <div class="stage-note" role="status">
        {texts.value.frozen((ms / 1000).toFixed(1))}
      </div>
    );
  }
  return level === 'none' ? <div class="stage-note">{texts.value.waitingForPicture}</div> : null;
}
