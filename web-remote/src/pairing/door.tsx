import { effect } from '@preact/signals';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Session } from '../../../daemon/protocol/pairing.ts';
import { type RemoteApp, startRemoteApp } from '../remote-app.ts';
import { Shell } from '../screens/shell.tsx';
import { texts } from '../texts/language.ts';
import { PairingScreen } from './pairing-screen.tsx';
import { askSession, needsPairing } from './session.ts';

type Inside = { readonly kind: 'inside'; readonly app: RemoteApp };
/** That this browser was paired when the page was opened, for the page that comes after it. */
const wasRemovedKey = 'car-remote-was-removed';

function noteRemoval(removed: boolean): void {
  try {
    if (removed) sessionStorage.setItem(wasRemovedKey, 'true');
    else sessionStorage.removeItem(wasRemovedKey);
  } catch {
    // A browser that keeps nothing: the page then only asks to be paired.
  }
}

function wasRemoved(): boolean {
  try {
    return sessionStorage.getItem(wasRemovedKey) !== null;
  } catch {
    return false;
  }
}

type State = { readonly kind: 'asking' } | { readonly kind: 'outside'; readonly session: Session } | Inside;

/** The page asks once who it is to the car. Paired, or where nobody needs to be, it is the remote; else it pairs first. */
export function Door() {
  const [state, setState] = useState<State>({ kind: 'asking' });
  const isInside = useRef(false);
  const enter = useCallback(() => {
    // Two remotes of one page would take the wheel from each other.
    if (isInside.current) return;
    isInside.current = true;
    noteRemoval(false);
    setState({ kind: 'inside', app: startApp() });
  }, []);
  useEffect(() => {
    void askSession().then((session) => {
      if (session !== undefined && needsPairing(session)) setState({ kind: 'outside', session });
      else enter();
    });
  }, [enter]);
  switch (state.kind) {
    case 'asking':
      return <p class="screen-note">{texts.value.loadingScreen}</p>;
    case 'outside':
      return <PairingScreen session={state.session} wasRemoved={wasRemoved()} onPaired={enter} />;
    case 'inside':
      return <Shell app={state.app} />;
  }
}

const askAgainMs = 2000;

/** It may answer while it is just coming back. */
const answersOfBlocked = 3;

/**
 * A car that this device lost may have sent it away: then everything starts anew, at its door. Asked again and again, for it may
 * be sent away while it already tries to come back. Where it goes on answering and is lost still, the live connection is what fails.
 */
function startApp(): RemoteApp {
  const app = startRemoteApp();
  let answers = 0;
  const ask = (): void => {
    void askSession().then((session) => {
      if (needsPairing(session)) {
        noteRemoval(true);
        location.reload();
      }
      answers = session === undefined ? 0 : answers + 1;
      app.isLiveBlocked.value = answers >= answersOfBlocked && app.connection.peek() === 'lost';
    });
  };
  effect(() => {
    answers = 0;
    app.isLiveBlocked.value = false;
    if (app.connection.value !== 'lost') return undefined;
    ask();
    const asking = setInterval(ask, askAgainMs);
    return () => clearInterval(asking);
  });
  return app;
}
