import { render } from 'preact';
import { useState } from 'preact/hooks';
import { presses } from './faults.ts';
import { begin, motorText, press } from './story.ts';

/** A page to read and to press: the car's mode machine (daemon/planning/modes.ts) itself, without a car. */
function WhatHappensIf() {
  const [story, setStory] = useState(begin);
  return (
    <>
      <header>
        <h1>What happens if</h1>
        <p>
          This is the car's own mode machine. Arm it, then press what may go wrong. Nothing here reaches a car; three
          seconds go by between two presses.
        </p>
        <output data-mode={story.state.mode}>
          <b>{story.state.mode}</b>
          <span>{motorText(story.state)}</span>
        </output>
      </header>
      <div class="presses">
        {presses.map((group) => (
          <section key={group.title}>
            <h2>{group.title}</h2>
            {group.presses.map(({ name, event }) => (
              <button type="button" key={name} onClick={() => setStory((before) => press(before, name, event))}>
                {name}
              </button>
            ))}
          </section>
        ))}
      </div>
      <ol aria-live="polite">
        {story.told.map(({ pressed, mode, lines }, index) => (
          <li key={story.nowMs - index}>
            <b>{pressed}</b> → {mode}
            {lines.map(({ severity, text }) => (
              <p key={text} data-severity={severity}>
                {text}
              </p>
            ))}
          </li>
        ))}
      </ol>
    </>
  );
}

const place = document.getElementById('what-happens-if');
if (place !== null) render(<WhatHappensIf />, place);
