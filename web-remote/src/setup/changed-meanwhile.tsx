import { texts } from '../texts/language.ts';

/** Beside a value that is not saved yet: what the car has now, which somebody else has set since. */
export function ChangedMeanwhile({ to }: { to: string }) {
  return (
    <span class="meanwhile" data-testid="changed-meanwhile">
      {texts.value.carSetup.changedMeanwhile(to)}
    </span>
  );
}
