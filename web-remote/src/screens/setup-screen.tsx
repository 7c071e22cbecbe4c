import { useSignal } from '@preact/signals';
import { ChevronLeft, ChevronRight } from 'lucide';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from '../parts/icons.tsx';
import type { RemoteApp } from '../remote-app.ts';
import { unsavedScreens } from '../setup/unsaved-screens.ts';
import { texts } from '../texts/language.ts';
import { LazyScreen } from './lazy-screen.tsx';
import { addressOf, route } from './route.ts';
import { setupScreens } from './setup-screens.ts';

/** The list of what can be set up, or the one of them that the address names. */
export function SetupScreen({ app }: { app: RemoteApp }) {
  const open = setupScreens.find(({ id }) => id === route.value[1]);
  const whole = useRef<HTMLElement>(null);
  const left = useRef<string>(undefined);
  const openId = open?.id;
  const unsaved = useSignal<readonly string[]>([]);
  useEffect(() => {
    if (openId !== undefined) return;
    void unsavedScreens(setupScreens.map(({ id }) => id)).then((ids) => {
      unsaved.value = ids;
    });
  }, [openId, unsaved]);
  useLayoutEffect(() => {
    // The link that was followed is gone, and the focus with it: on to what says where one is, and back to where one came from.
    if (document.activeElement === document.body) {
      const next = openId === undefined ? left.current && `[data-testid=open-${left.current}]` : 'h1';
      if (next !== undefined) whole.current?.querySelector<HTMLElement>(next)?.focus();
    }
    left.current = openId;
  }, [openId]);
  if (open !== undefined) {
    return (
      <section ref={whole} class="page setup-page" data-testid={`setup-${open.id}`}>
        <header class="page-head">
          <a class="back" href={addressOf(['setup'])}>
            <Icon shape={ChevronLeft} />
            <span>{texts.value.screens.setUp}</span>
          </a>
          <h1 tabIndex={-1}>{open.title(texts.value)}</h1>
        </header>
        <LazyScreen app={app} screen={open} />
      </section>
    );
  }
  return (
    <section ref={whole} class="page" data-testid="setup">
      <h1>{texts.value.screens.setUp}</h1>
      <nav class="setup-list" aria-label={texts.value.screens.setUp}>
        {setupScreens.map(({ id, icon, title, about }) => (
          <a key={id} href={addressOf(['setup', id])} data-testid={`open-${id}`}>
            <Icon shape={icon} />
            <span class="setup-words">
              <strong>
                {title(texts.value)}
                {unsaved.value.includes(id) && (
                  <>
                    {' '}
                    <em data-testid={`unsaved-${id}`}>{texts.value.unsaved}</em>
                  </>
                )}
              </strong>
              {about !== undefined && <span>{about(texts.value)}</span>}
            </span>
            <Icon shape={ChevronRight} />
          </a>
        ))}
      </nav>
    </section>
  );
}
