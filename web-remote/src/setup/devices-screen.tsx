import { useSignal } from '@preact/signals';
import { Smartphone } from 'lucide';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { type Role, roles, type Session, type ShownDevice } from '../../../daemon/protocol/pairing.ts';
import { carApi, whyNot } from '../link/car-api.ts';
import { AskFirst } from '../parts/ask-first.tsx';
import { Icon } from '../parts/icons.tsx';
import { useEscape } from '../parts/use-escape.ts';
import type { RemoteApp } from '../remote-app.ts';
import { language, texts } from '../texts/language.ts';
import { addressForOthers } from './address-for-others.ts';
import { useAsked } from './asked.ts';

const lookPeriodMs = 3000;

/** Who may come in: names, roles, when they were last there; out with one, the wheel to another, and how one more is paired. */
export function DevicesScreen({ app }: { app: RemoteApp }) {
  const { asked, again } = useAsked(
    async () => ({ session: await carApi.session(), devices: await carApi.devices() }),
    lookPeriodMs,
  );
  const refusal = useSignal<string | undefined>(undefined);
  const words = texts.value.devices;
  const { value, failure } = asked.value;
  const act = async (request: Promise<unknown>): Promise<void> => {
    refusal.value = undefined;
    try {
      await request;
    } catch (error) {
      refusal.value = whyNot(error);
    }
    again();
  };
  if (value === undefined) return <p class="screen-note">{failure ?? texts.value.loadingScreen}</p>;
  if (!value.session.pairingNeeded) return <p class="screen-note">{words.notNeeded}</p>;
  return (
    <div class="panels">
      <section class="panel" data-testid="devices">
        <h2>{words.paired(value.devices.length)}</h2>
        <ul class="devices">
          {value.devices.map((device) => (
            <Device key={device.id} device={device} app={app} act={act} />
          ))}
        </ul>
        <p class="refusal" role="status" data-testid="devices-refusal">
          {refusal.value ?? failure ?? ''}
        </p>
      </section>
      <PairAnother session={value.session} />
    </div>
  );
}

function Device(props: { device: ShownDevice; app: RemoteApp; act: (request: Promise<unknown>) => Promise<void> }) {
  const { device, app, act } = props;
  const words = texts.value.devices;
  const newName = useSignal<string | undefined>(undefined);
  const field = useRef<HTMLInputElement>(null);
  const renameButton = useRef<HTMLButtonElement>(null);
  const isRenaming = newName.value !== undefined;
  const endRenaming = (): void => {
    newName.value = undefined;
    renameButton.current?.focus();
  };
  useEscape(endRenaming, isRenaming);
  useLayoutEffect(() => {
    if (isRenaming) field.current?.focus();
  }, [isRenaming]);
  const [session] = device.sessions;
  const isDriving = session !== undefined && device.sessions.includes(app.telemetry.value?.driver ?? '');
  const mayHandOver = app.isDriver.value && session !== undefined && device.role === 'driver' && !device.isThisDevice;
  const rename = (): void => {
    const name = newName.value?.trim() ?? '';
    endRenaming();
    if (name !== '' && name !== device.name) void act(carApi.editDevice(device.id, { name }));
  };
  return (
    <li class="device" data-testid={`device-${device.name}`} aria-label={device.name}>
      <header>
        <Icon shape={Smartphone} />
        <span class="device-words">
          <strong>{device.name}</strong>
          <span>{standing(device, isDriving)}</span>
        </span>
      </header>
      {newName.value === undefined ? null : (
        <form
          class="device-name"
          onSubmit={(event) => {
            event.preventDefault();
            rename();
          }}
        >
          <label>
            <span>{words.newName}</span>
            <input
              ref={field}
              data-testid="device-new-name"
              maxLength={40}
              value={newName.value}
              onInput={(event) => {
                newName.value = event.currentTarget.value;
              }}
            />
          </label>
          <button type="submit" data-testid="device-rename-save">
            {texts.value.carSetup.save}
          </button>
        </form>
      )}
      <fieldset class="choice">
        <legend class="unseen">{words.role}</legend>
        {roles.map((role) => (
          <RoleButton key={role} role={role} device={device} act={act} />
        ))}
      </fieldset>
      <div class="device-actions">
        <button
          ref={renameButton}
          type="button"
          data-testid="device-rename"
          aria-expanded={isRenaming}
          onClick={() => {
            newName.value = newName.value === undefined ? device.name : undefined;
          }}
        >
          {words.rename}
        </button>
        {mayHandOver && (
          <button type="button" data-testid="device-hand-over" onClick={() => app.handOverTo(session)}>
            {texts.value.handOver}
          </button>
        )}
        <AskFirst
          testId="device-revoke"
          name={words.revoke}
          question={device.isThisDevice ? words.revokeThis : words.revokeQuestion(device.name)}
          disabled={false}
          onConfirmed={() => void act(carApi.revokeDevice(device.id))}
        />
      </div>
    </li>
  );
}

function RoleButton(props: { role: Role; device: ShownDevice; act: (request: Promise<unknown>) => Promise<void> }) {
  const { role, device, act } = props;
  const words = texts.value.devices;
  return (
    <button
      type="button"
      data-testid={`device-role-${role}`}
      aria-pressed={device.role === role}
      // A device that takes the wheel from itself could not give it back: another one has to.
      disabled={device.isThisDevice}
      onClick={() => {
        if (device.role !== role) void act(carApi.editDevice(device.id, { role }));
      }}
    >
      {words.roles[role]}
    </button>
  );
}

function standing(device: ShownDevice, isDriving: boolean): string {
  const words = texts.value.devices;
  const parts = [
    ...(device.isThisDevice ? [words.thisDevice] : []),
    ...(isDriving ? [words.drives] : device.isConnected ? [words.connected] : []),
    ...(device.isConnected ? [] : [lastSeen(device.lastSeenAt)]),
  ];
  return parts.join(' · ');
}

function lastSeen(at: string | undefined): string {
  const words = texts.value.devices;
  if (at === undefined) return words.neverSeen;
  const format = new Intl.DateTimeFormat(language.value, { dateStyle: 'medium', timeStyle: 'short' });
  return words.lastSeen(format.format(new Date(at)));
}

function PairAnother({ session }: { session: Session }) {
  const words = texts.value.devices;
  const address = addressForOthers(location, session.urls);
  return (
    <section class="panel" data-testid="pair-another">
      <h2>{words.pairAnother}</h2>
      {session.pairingOpen ? (
        <p data-testid="pair-where">
          {address === undefined ? words.noNetwork : words.pairingOpen(address, session.pairingForS)}
        </p>
      ) : (
        <p>
          {words.pairingClosed} <code>jetson-car pair</code>
        </p>
      )}
      {session.code !== undefined && (
        <p class="pairing-shown">
          {texts.value.pairing.codeIs} <strong>{`${session.code.slice(0, 3)} ${session.code.slice(3)}`}</strong>
        </p>
      )}
      <p class="hint">{words.roleHint}</p>
    </section>
  );
}
