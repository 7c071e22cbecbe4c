import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts.ts';
import { CloseIcon } from './icons.tsx';

export function Alerts({ app }: { app: RemoteApp }) {
  return (
    <section class="alerts" data-testid="alerts" aria-label={texts.alerts} aria-live="polite">
      {app.alerts.value.map((alert) => (
        <div key={alert.id} class="alert" data-severity={alert.severity}>
          <p>
            <strong>{alert.text}</strong>
            {alert.cure !== '' && <span>{alert.cure}</span>}
          </p>
          <button type="button" aria-label={texts.dismiss} onClick={() => app.dismiss(alert.id)}>
            <CloseIcon />
          </button>
        </div>
      ))}
    </section>
  );
}
