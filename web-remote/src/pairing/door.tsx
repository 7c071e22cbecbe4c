import { effect } from '@preact/signals';
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { Session } from '../../../daemon/protocol/pairing.ts';
import { type RemoteApp, startRemoteApp } from '../remote-app.ts';
import { Shell } from '../screens/shell.tsx';
import { texts } from '../texts/language.ts';
import { PairingScreen } from './pairing-screen.tsx';
import { askSession, needsPairing } from './session.ts';

type Inside = { readonly kind: 'inside'; readonly app: RemoteApp };
type State = { readonly kind: 'asking' } | { readonly kind: 'outside'; readonly session: Session } | Inside;

/** The page asks once who it is to the car. Paired, or where nobody needs to be, it is the remote; else it pairs first. */
export function Door() {
  const [state, setState] = useState<State>({ kind: 'asking' });
  const enter = useCallback(() => setState({ kind: 'inside', app: startApp() }), []);
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
      return <PairingScreen session={state.session} onPaired={enter} />;
    case 'inside':
      return <Shell app={state.app} />;
  }
}

const askAgainMs = 2000;

/**
 * A car that this device lost may have sent it away: then everything starts anew, at its door. Asked again and again, for it may
 * be sent away while it already tries to come back.
 */
function startApp(): RemoteApp {
  const app = startRemoteApp();
  const ask = (): void => {
    void askSession().then((session) => {
      if (needsPairing(session)) location.reload();
    });
  };
  effect(() => {
    if (app.connection.value !== 'lost') return undefined;
    ask();
    const asking = setInterval(ask, askAgainMs);
    return () => clearInterval(asking);
  });
  return app;
}
