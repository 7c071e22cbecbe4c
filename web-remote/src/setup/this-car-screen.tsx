import { useSignal } from '@preact/signals';
import { type PowerAction, powerActions } from '../../../daemon/protocol/power.ts';
import type { WifiAnswer, WifiFacts } from '../../../daemon/protocol/wifi.ts';
import { carApi, whyNot } from '../link/car-api.ts';
import { AskFirst } from '../parts/ask-first.tsx';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';
import { useAsked } from './asked.ts';

const lookPeriodMs = 3000;

/** The computer in the car: its Wi-Fi, and starting anew or shutting down. */
export function ThisCarScreen({ app }: { app: RemoteApp }) {
  const { asked } = useAsked(() => carApi.wifi(), lookPeriodMs);
  return (
    <div class="panels">
      <section class="panel" data-testid="wifi">
        <h2>{texts.value.thisCar.wifi}</h2>
        {asked.value.value === undefined ? (
          <p class="hint">{asked.value.failure ?? texts.value.loadingScreen}</p>
        ) : (
          <Wifi answer={asked.value.value} />
        )}
      </section>
      <Power app={app} />
    </div>
  );
}

function Wifi({ answer }: { answer: WifiAnswer }) {
  const words = texts.value.thisCar;
  if (answer.kind === 'absent') return <p class="hint">{words.noWifi}</p>;
  const { wifi } = answer;
  return (
    <dl class="rows">
      {wifiRows(wifi).map(([name, value]) => (
        <div key={name}>
          <dt>{words.wifiRows[name]}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What is not known is left out. */
function wifiRows(wifi: WifiFacts): (readonly [keyof typeof texts.value.thisCar.wifiRows, string])[] {
  const words = texts.value.thisCar;
  const strength = [
    wifi.signalDbm === undefined ? '' : `${Math.round(wifi.signalDbm)} dBm`,
    wifi.qualityShare === undefined ? '' : `${Math.round(wifi.qualityShare * 100)} %`,
  ].filter((part) => part !== '');
  return [
    ['network', wifi.ssid ?? (wifi.isUp ? words.nameUnknown : words.notConnected)] as const,
    ...(strength.length === 0 ? [] : [['strength', strength.join(' · ')] as const]),
    ...(wifi.band === undefined ? [] : [['band', `${wifi.band} · ${words.channel(wifi.channel ?? 0)}`] as const]),
    ...(wifi.rateMbps === undefined ? [] : [['rate', `${Math.round(wifi.rateMbps)} Mbit/s`] as const]),
    ...(wifi.addresses.length === 0 ? [] : [['addresses', wifi.addresses.join(', ')] as const]),
    ['interface', wifi.interface] as const,
  ];
}

function Power({ app }: { app: RemoteApp }) {
  const { asked, again } = useAsked(() => carApi.power(), 5 * lookPeriodMs);
  const said = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  const words = texts.value.thisCar;
  const state = asked.value.value;
  const mode = app.telemetry.value?.mode;
  const armed = mode !== undefined && mode !== 'disarmed' && mode !== 'estop';
  const begin = async (action: PowerAction): Promise<void> => {
    busy.value = true;
    try {
      const { kind } = await carApi.beginPower(action);
      said.value = words.power[action][kind];
    } catch (error) {
      said.value = whyNot(error);
      again();
    } finally {
      busy.value = false;
    }
  };
  return (
    <section class="panel" data-testid="power">
      <h2>{words.powerTitle}</h2>
      {state === undefined ? (
        <p class="hint">{asked.value.failure ?? texts.value.loadingScreen}</p>
      ) : (
        <div class="power-actions">
          {powerActions.map((action) => {
            const obstacle = state.actions.find((one) => one.action === action)?.obstacle;
            const known = obstacle === undefined ? undefined : words.obstacles[obstacle.code];
            return (
              <div key={action}>
                <AskFirst
                  testId={action}
                  name={words.power[action].name}
                  question={words.power[action].question}
                  disabled={armed || busy.value || obstacle !== undefined}
                  onConfirmed={() => void begin(action)}
                />
                {obstacle !== undefined && (
                  <p class="hint" data-testid={`${action}-obstacle`}>
                    {known?.text ?? obstacle.text}. {known?.cure ?? obstacle.cure}.
                  </p>
                )}
              </div>
            );
          })}
        </div>
      )}
      <p class="hint" role="status" data-testid="power-said">
        {said.value ?? (armed ? texts.value.carSetup.disarmFirst : state?.isSimulated === true ? words.onlySays : '')}
      </p>
    </section>
  );
}
