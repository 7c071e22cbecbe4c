import { ChangedMeanwhile } from './changed-meanwhile.tsx';

/** A number that is set by sliding, with its value in words beside its name. */
export function SettingSlider(props: {
  name: string;
  testId: string;
  value: number;
  min: number;
  max: number;
  step: number;
  inWords: (value: number) => string;
  /** What somebody else has set since it was changed here. */
  meanwhile?: number | undefined;
  onInput: (value: number) => void;
}) {
  const { value, inWords, meanwhile } = props;
  return (
    <label class="slider">
      <span class="slider-name">
        {props.name} <output>{inWords(value)}</output>
      </span>
      <input
        type="range"
        data-testid={props.testId}
        min={props.min}
        max={props.max}
        step={props.step}
        value={value}
        aria-valuetext={inWords(value)}
        onInput={(event) => props.onInput(Number(event.currentTarget.value))}
      />
      {meanwhile !== undefined && <ChangedMeanwhile to={inWords(meanwhile)} />}
    </label>
  );
}
