import { useLayoutEffect } from 'preact/hooks';
import { Alerts } from '../parts/alerts.tsx';
import { Icon } from '../parts/icons.tsx';
import { StatusCard } from '../parts/status-card.tsx';
import { StopButton } from '../parts/stop-button.tsx';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';
import { LazyScreen } from './lazy-screen.tsx';
import { addressOf, route } from './route.ts';
import type { Screen } from './screen.ts';
import { screens } from './screens.ts';

/**
 * What is on every screen, always in the same place: the car's state, the way to the other screens, and the stop.
 * styles/layout.css says where.
 */
export function Shell({ app }: { app: RemoteApp }) {
  const screen: Screen = screens.find(({ id }) => id === route.value[0]) ?? screens[0];
  // The sticks and keys of a screen that is left are let go of, before the next one is painted.
  useLayoutEffect(() => () => app.letGo(), [app, screen.id]);
  return (
    <div class="shell" data-screen={screen.id} data-connection={app.connection.value}>
      <header class="bar">
        <StatusCard app={app} />
        <nav class="screens" aria-label={texts.value.screenNavigation}>
          {screens.map(({ id, icon, title }) => (
            <a
              key={id}
              href={addressOf([id])}
              data-testid={`go-${id}`}
              aria-label={title(texts.value)}
              aria-current={id === screen.id ? 'page' : undefined}
            >
              <Icon shape={icon} />
              <span aria-hidden="true">{title(texts.value)}</span>
            </a>
          ))}
        </nav>
      </header>
      {/* What scrolls has to be reachable by key. */}
      <main class="screen" tabIndex={screen.id === 'drive' ? -1 : 0}>
        <LazyScreen key={screen.id} app={app} screen={screen} />
      </main>
      {screen.id !== 'drive' && <Alerts app={app} />}
      <StopButton app={app} />
    </div>
  );
}
