import { useEffect, useState } from 'preact/hooks';
import type { Session } from '../../../daemon/protocol/pairing.ts';
import { texts } from '../texts/language.ts';
import { askSession, needsPairing, type PairingRefusal, pairThisDevice } from './session.ts';

const lookAgainMs = 2000;

/**
 * The only thing that a device sees of a car that it is not paired with. The code stands at the car; whoever can read it
 * there may type it in here.
 */
export function PairingScreen(props: {
  session: Session;
  /** The car has taken the pairing back while its page was open here. */
  wasRemoved: boolean;
  onPaired: () => void;
}) {
  const { session, wasRemoved, onPaired } = props;
  const [known, setKnown] = useState(session);
  const [code, setCode] = useState('');
  const [name, setName] = useState('');
  const [refusal, setRefusal] = useState<PairingRefusal>();
  const [asking, setAsking] = useState(false);
  const words = texts.value.pairing;

  useEffect(() => {
    let gone = false;
    const look = async (): Promise<void> => {
      const now = await askSession();
      if (gone || now === undefined) return;
      if (needsPairing(now)) setKnown(now);
      else onPaired();
    };
    const timer = setInterval(() => void look(), lookAgainMs);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [onPaired]);

  const pair = async (): Promise<void> => {
    setAsking(true);
    const refused = await pairThisDevice(code, name.trim() === '' ? words.defaultName : name);
    setAsking(false);
    setRefusal(refused);
    if (refused === undefined) onPaired();
    else if (refused.why === 'wrong-code') setCode('');
  };

  return (
    <main class="pairing">
      <form
        class="pairing-card"
        onSubmit={(event) => {
          event.preventDefault();
          void pair();
        }}
      >
        <h1>{words.title}</h1>
        {wasRemoved && (
          <p role="status" data-testid="pairing-removed">
            {words.removed}
          </p>
        )}
        <p class="pairing-about" data-testid="pairing-state">
          {known.pairingOpen ? words.open : words.closed}
        </p>
        {known.code !== undefined && (
          <p class="pairing-shown" data-testid="pairing-shown-code">
            {words.codeIs} <strong>{`${known.code.slice(0, 3)} ${known.code.slice(3)}`}</strong>
          </p>
        )}
        <label>
          <span>{words.code}</span>
          <input
            class="pairing-code"
            data-testid="pairing-code"
            inputMode="numeric"
            autocomplete="one-time-code"
            pattern="[0-9 ]{6,8}"
            placeholder="000 000"
            maxLength={8}
            required
            value={code}
            onInput={(event) => setCode(event.currentTarget.value)}
          />
        </label>
        <label>
          <span>{words.name}</span>
          <input
            data-testid="pairing-name"
            maxLength={40}
            placeholder={words.defaultName}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <p class="pairing-refusal" role="alert" data-testid="pairing-refusal">
          {refusal === undefined ? '' : words.refusals[refusal.why](refusal.waitMin)}
        </p>
        <button type="submit" class="pairing-go" data-testid="pairing-go" disabled={asking}>
          {words.go}
        </button>
        {known.fingerprint !== undefined && (
          <p class="pairing-fingerprint">
            {words.fingerprint} <code>{known.fingerprint}</code>
          </p>
        )}
      </form>
    </main>
  );
}
