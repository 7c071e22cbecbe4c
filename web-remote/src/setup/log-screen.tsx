import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { type LogEntry, type LogLevel, logLevels } from '../../../daemon/protocol/log-entries.ts';
import { carApi, whyNot } from '../link/car-api.ts';
import type { RemoteApp } from '../remote-app.ts';
import { language, texts } from '../texts/language.ts';
import { addLogPage, emptyLogView, type LogView, processesOf, shownEntries } from './log-view.ts';

const lookPeriodMs = 1000;

/** The car's log as it is written; what is shown of it is chosen here. */
export function LogScreen(_props: { app: RemoteApp }) {
  const view = useSignal<LogView>(emptyLogView);
  const failure = useSignal<string | undefined>(undefined);
  const level = useSignal<LogLevel>('info');
  const process = useSignal('');
  const text = useSignal('');
  useEffect(() => {
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      try {
        const after = view.value.newest;
        const page = await carApi.logs(after === 0 ? {} : { after });
        if (gone) return;
        view.value = addLogPage(view.value, page);
        failure.value = undefined;
      } catch (error) {
        if (gone) return;
        failure.value = whyNot(error);
      }
      timer = setTimeout(() => void look(), lookPeriodMs);
    };
    void look();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [view, failure]);
  const shown = useComputed(() =>
    shownEntries(view.value, { level: level.value, process: process.value, text: text.value }),
  );
  const words = texts.value.log;
  return (
    <div class="log-page">
      <form class="log-filter" onSubmit={(event) => event.preventDefault()}>
        <label>
          <span>{words.level}</span>
          <select
            data-testid="log-level"
            value={level.value}
            onChange={(event) => {
              level.value = logLevels.find((one) => one === event.currentTarget.value) ?? 'info';
            }}
          >
            {logLevels.map((one) => (
              <option key={one} value={one}>
                {words.levels[one]}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>{words.process}</span>
          <select
            data-testid="log-process"
            value={process.value}
            onChange={(event) => {
              process.value = event.currentTarget.value;
            }}
          >
            <option value="">{words.everyProcess}</option>
            {processesOf(view.value).map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        <label class="log-text">
          <span>{words.text}</span>
          <input
            type="search"
            data-testid="log-text"
            maxLength={200}
            value={text.value}
            onInput={(event) => {
              text.value = event.currentTarget.value;
            }}
          />
        </label>
      </form>
      <p class="log-note" role="status" data-testid="log-note">
        {failure.value ?? (view.value.missed > 0 ? words.missed(view.value.missed) : '')}
      </p>
      <Lines entries={shown.value} isKnown={failure.value === undefined} />
    </div>
  );
}

/** Oldest first, so that nothing moves when a line comes. Follows the newest until it is scrolled away from. */
function Lines({ entries, isKnown }: { entries: readonly LogEntry[]; isKnown: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useLayoutEffect(() => {
    if (follows.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [entries]);
  const words = texts.value.log;
  const time = new Intl.DateTimeFormat(language.value, { timeStyle: 'medium', hourCycle: 'h23' });
  return (
    <section
      ref={box}
      class="log-lines"
      data-testid="log-lines"
      aria-label={words.title}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by key
      tabIndex={0}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        follows.current = scrollHeight - scrollTop - clientHeight < 30;
      }}
    >
      {entries.length === 0 && isKnown && <p class="screen-note">{words.nothing}</p>}
      <ol>
        {entries.map(({ sequence, at, level, process, text }) => (
          <li key={sequence} data-level={level}>
            <time dateTime={at}>{time.format(new Date(at))}</time>
            <span class="log-process">{process}</span>
            <span class="log-level">{words.levels[level]}</span>
            <span class="log-words">{text}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
