import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';
import type { Screen, ScreenComponent } from './screen.ts';

type Part =
  | { readonly kind: 'loading' }
  | { readonly kind: 'there'; readonly id: string; readonly Component: ScreenComponent }
  | { readonly kind: 'failed' };

/** A screen that is fetched when it is first shown. Fails in words: the car may be off. */
export function LazyScreen({ app, screen }: { app: RemoteApp; screen: Screen }) {
  const part = useSignal<Part>({ kind: 'loading' });
  const attempt = useSignal(0);
  useEffect(() => {
    let current = true;
    screen.load().then(
      (Component) => {
        if (current) part.value = { kind: 'there', id: screen.id, Component };
      },
      () => {
        if (current) part.value = { kind: 'failed' };
      },
    );
    return () => {
      current = false;
    };
  }, [screen, attempt.value]);
  const now = part.value;
  switch (now.kind) {
    case 'there':
      return now.id === screen.id ? <now.Component app={app} /> : null;
    case 'loading':
      return <p class="screen-note">{texts.value.loadingScreen}</p>;
    case 'failed':
      return (
        <div class="screen-note">
          <p>{texts.value.screenNotLoaded}</p>
          <button type="button" onClick={() => attempt.value++}>
            {texts.value.tryAgain}
          </button>
        </div>
      );
  }
}
