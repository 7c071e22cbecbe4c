/** A number that is set by sliding, with its value in words beside its name. */
export function SettingSlider(props: {
  name: string;
  testId: string;
  value: number;
  min: number;
  max: number;
  step: number;
  shown: string;
  onInput: (value: number) => void;
}) {
  return (
    <label class="slider">
      <span class="slider-name">
        {props.name} <output>{props.shown}</output>
      </span>
      <input
        type="range"
        data-testid={props.testId}
        min={props.min}
        max={props.max}
        step={props.step}
        value={props.value}
        aria-valuetext={props.shown}
        onInput={(event) => props.onInput(Number(event.currentTarget.value))}
      />
    </label>
  );
}
