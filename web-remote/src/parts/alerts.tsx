import { X } from 'lucide';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';
import { Icon } from './icons.tsx';
import { useEscape } from './use-escape.ts';

export function Alerts({ app }: { app: RemoteApp }) {
  const [newest] = app.alerts.value;
  // It may lie over what has the focus.
  useEscape(() => newest !== undefined && app.dismiss(newest.id), newest !== undefined);
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
      {app.alerts.value.map((alert) => (
        <div key={alert.id} class="alert" data-severity={alert.severity}>
          <p>
            <strong>{alert.text}</strong>
            {alert.cure !== '' && <span>{alert.cure}</span>}
          </p>
          <button type="button" aria-label={texts.value.dismiss} onClick={() => app.dismiss(alert.id)}>
            <Icon shape={X} size={18} />
          </button>
        </div>
      ))}
    </section>
  );
}
