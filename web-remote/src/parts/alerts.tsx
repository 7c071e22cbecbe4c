import { X } from 'lucide';
import type { CarEvent } from '../../../daemon/protocol/events.ts';
import { type Alert, alertOfEvent, cureHere } from '../alert-list.ts';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';
import { Icon } from './icons.tsx';
import { useEscape } from './use-escape.ts';
import { whoLooks } from './who-looks.ts';

type Told = Pick<Alert, 'code' | 'severity' | 'text' | 'cure'> & { readonly dismiss: () => void };

/** What the car said lately, newest first; and where one drives, why it stands, for as long as it does. */
export function Alerts({ app, whyStopped }: { app: RemoteApp; whyStopped?: CarEvent | undefined }) {
  const lately = app.alerts.value.map((alert): Told => ({ ...alert, dismiss: () => app.dismiss(alert.id) }));
  const stop = whyStopped && { ...alertOfEvent(whyStopped, texts.value), dismiss: () => app.dismissStop() };
  const told = stop === undefined || lately.some(({ text }) => text === stop.text) ? lately : [...lately, stop];
  const [newest] = told;
  const who = whoLooks(app);
  // It may lie over what has the focus.
  useEscape(() => newest?.dismiss(), newest !== undefined);
  return (
    <section class="alerts" data-testid="alerts" aria-label={texts.value.alerts} aria-live="polite">
      {app.asking.value !== undefined && (
        <div class="alert asking" data-severity="warning" data-testid="asking" role="alert">
          <p>
            <strong>{texts.value.asksToDrive}</strong>
          </p>
          <button type="button" data-testid="hand-over" onClick={() => app.handOver()}>
            {texts.value.handOver}
          </button>
          <button type="button" data-testid="keep-driving" onClick={() => app.keepDriving()}>
            {texts.value.keepDriving}
          </button>
        </div>
      )}
      {/* The reason of a stop stays the same element, which is not read out anew, when it is no news any more. */}
      {told.map((alert) => {
        const { severity, text, dismiss } = alert;
        const cure = cureHere(alert, who, texts.value);
        return (
          <div key={text} class="alert" data-severity={severity}>
            <p>
              <strong>{text}</strong>
              {cure !== '' && <span>{cure}</span>}
            </p>
            <button type="button" aria-label={texts.value.dismiss} onClick={dismiss}>
              <Icon shape={X} size={18} />
            </button>
          </div>
        );
      })}
    </section>
  );
}
