import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { InstalledNetwork, NetworkFacts } from '../../../daemon/protocol/settings.ts';
import { fixed } from '../fixed.ts';
import { carApi, whyNot } from '../link/car-api.ts';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';
import { inWordsOfTrouble } from '../texts/told.ts';
import { cardRows, MeasuredTimes } from './network-facts.ts';

const times = new MeasuredTimes();

type Reading = NetworkFacts | 'reading' | { readonly failed: string };

/** Everything that is known of one network. What its file says takes the car a moment to read: the rows wait for it. */
export function NetworkCard(props: {
  app: RemoteApp;
  network: InstalledNetwork;
  onFacts: (facts: NetworkFacts) => void;
}) {
  const { app, network, onFacts } = props;
  const facts = useSignal<Reading>('reading');
  useEffect(() => {
    let gone = false;
    facts.value = 'reading';
    carApi.networkFacts(network.name).then(
      (read) => {
        if (gone) return;
        facts.value = read;
        onFacts(read);
      },
      (error) => {
        if (!gone) facts.value = { failed: whyNot(error) };
      },
    );
    return () => {
      gone = true;
    };
  }, [network.name, facts]);
  const words = texts.value.networkCard;
  const now = facts.value;
  const known = typeof now === 'object' && 'name' in now ? now : undefined;
  const telemetry = app.telemetry.value;
  useEffect(() => {
    if (telemetry !== undefined) times.see(telemetry);
  }, [telemetry]);
  const runMs = times.of(network.name);
  return (
    <div data-testid="network-card">
      <dl class="rows">
        {cardRows(network, known, texts.value.carWords).map(([row, value]) => (
          <div key={row}>
            <dt>{words.rows[row]}</dt>
            <dd>{value ?? (now === 'reading' ? '…' : '–')}</dd>
          </div>
        ))}
        <div>
          <dt>{words.measured}</dt>
          <dd data-testid="network-measured">
            {runMs === undefined
              ? words.notMeasured
              : [`${fixed(runMs, 1)} ms`, telemetry?.provider ?? ''].filter((part) => part !== '').join(' · ')}
          </dd>
        </div>
      </dl>
      <p class="refusal" role="status" data-testid="network-warning">
        {typeof now === 'object' && 'failed' in now ? now.failed : warningsOf(known)}
      </p>
    </div>
  );
}

function warningsOf(facts: NetworkFacts | undefined): string {
  return (facts?.warnings ?? [])
    .map((warning, index) => inWordsOfTrouble(texts.value, warning, facts?.warningTroubles?.[index]))
    .join('. ');
}
