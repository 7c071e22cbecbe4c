import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What a look at the page would find fault with, as far as a program can see it. */
export function layoutFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const name = (element: Element) => `${element.className || element.tagName} "${element.textContent}"`;
    const visible = (element: Element) => element.checkVisibility({ visibilityProperty: true });
    // A checkbox is pushed by its whole line.
    const targets = 'button, a, .toggle, .stick-pad, select, summary, input:not([type=checkbox])';
    for (const element of document.querySelectorAll(targets)) {
      const { left, top, right, bottom, width, height } = element.getBoundingClientRect();
      if (!visible(element)) continue;
      if (width < 44 || height < 44) faults.push(`smaller than 44 px: ${name(element)} ${width} x ${height}`);
      const scrolled = element.closest('.sheet, .screen .page, .pairing') !== null;
      if (left < 0 || right > innerWidth || (!scrolled && (top < 0 || bottom > innerHeight))) {
        faults.push(`off the screen: ${name(element)}`);
      }
    }
    for (const element of document.querySelectorAll(
      'button, a, h1, h2, .mode, .badge, .driver, dt, dd, .alert p, legend',
    )) {
      if (element.closest('.unseen') !== null) continue;
      if (visible(element) && element.scrollWidth > element.clientWidth + 1) faults.push(`cut off: ${name(element)}`);
    }
    if (document.documentElement.scrollWidth > innerWidth) faults.push('the page is wider than the screen');
    return faults;
  });
}

/** Words that are wider or higher than the box that cuts them off. */
export function cutWords(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const words = '.status *, button, a, h1, h2, p, dt, dd, label span, legend, .stick-name, .stick-cap, .alert strong';
    for (const element of document.querySelectorAll<HTMLElement>(words)) {
      if (!element.checkVisibility({ visibilityProperty: true }) || element.closest('.unseen') !== null) continue;
      const text = document.createRange();
      text.selectNodeContents(element);
      const needed = text.getBoundingClientRect();
      if (needed.width === 0) continue;
      for (let box: HTMLElement | null = element; box !== null; box = box.parentElement) {
        const { overflowX, overflowY } = getComputedStyle(box);
        const isCutX = overflowX === 'hidden' || overflowX === 'clip';
        const isCutY = overflowY === 'hidden' || overflowY === 'clip';
        const { left, right, top, bottom } = box.getBoundingClientRect();
        const isWider = needed.left < left - 1 || needed.right > right + 1;
        const isHigher = needed.top < top - 1 || needed.bottom > bottom + 1;
        const scrolls = /auto|scroll/.test(`${overflowX}${overflowY}`);
        // The log's longest words end in an ellipsis, which says so.
        if (getComputedStyle(box).webkitLineClamp !== 'none') break;
        if ((isCutX && isWider) || (isCutY && isHigher)) {
          faults.push(`"${element.textContent}" is cut off by ${box.className || box.tagName}`);
        }
        if (scrolls) break;
      }
    }
    return faults;
  });
}

/** Nothing is read by scrolling sideways. */
export function sideways(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('html, .screen, .page, .sheet, .drive')]
      .filter((element) => element.checkVisibility() && element.scrollWidth > element.clientWidth + 1)
      .map((element) => `${element.className || element.tagName} scrolls sideways`),
  );
}

/** What of these is in sight, and has a message over it. */
export function coveredByAlerts(page: Page, selector: string): Promise<string[]> {
  return page.evaluate((asked) => {
    const alerts = [...document.querySelectorAll('.alert')].map((alert) => {
      const { left, right, top, bottom } = alert.getBoundingClientRect();
      const list = alert.parentElement;
      // Of a list that is scrolled, what lies within it.
      const isCut = list !== null && getComputedStyle(list).overflowY !== 'visible';
      const bounds = isCut ? list.getBoundingClientRect() : { top, bottom };
      return { left, right, top: Math.max(top, bounds.top), bottom: Math.min(bottom, bounds.bottom) };
    });
    if (alerts.length === 0) return ['there is no message'];
    return [...document.querySelectorAll<HTMLElement>(asked)]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('.unseen'))
      .filter((element) => {
        const { left, right, top, bottom, width } = element.getBoundingClientRect();
        const isOver = (alert: (typeof alerts)[number]): boolean =>
          alert.left < right && left < alert.right && alert.top < bottom && top < alert.bottom;
        return width > 0 && alerts.some(isOver);
      })
      .map((element) => `a message lies over ${element.className || element.tagName} "${element.textContent}"`);
  }, selector);
}

/** Lines of messages that no scrolling brings whole into sight. */
export function unreadLines(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('.alert')].flatMap((alert) => {
      const list = alert.parentElement ?? alert;
      const linesNow = (): DOMRect[] =>
        [...alert.querySelectorAll('p *')].flatMap((words) => {
          const text = document.createRange();
          text.selectNodeContents(words);
          return [...text.getClientRects()];
        });
      const seen = new Set<number>();
      const step = 6;
      for (let outer = 0; outer <= list.scrollHeight; outer += step) {
        list.scrollTop = outer;
        for (let inner = 0; inner <= alert.scrollHeight - alert.clientHeight + step; inner += step) {
          alert.scrollTop = inner;
          const [frame, window] = [alert.getBoundingClientRect(), list.getBoundingClientRect()];
          const [top, bottom] = [Math.max(frame.top, window.top), Math.min(frame.bottom, window.bottom)];
          for (const [i, line] of linesNow().entries()) {
            const onTop = document.elementFromPoint(line.left + line.width / 2, line.top + line.height / 2);
            if (line.top >= top - 0.5 && line.bottom <= bottom + 0.5 && alert.contains(onTop)) seen.add(i);
          }
        }
        alert.scrollTop = 0;
      }
      list.scrollTop = 0;
      const lines = linesNow().length;
      return seen.size === lines ? [] : [`${lines - seen.size} of ${lines} lines of "${alert.textContent}"`];
    }),
  );
}

/** The stop is large, and nothing lies over it. */
export function stopFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const stop = document.querySelector('[data-testid=stop]')?.getBoundingClientRect();
    if (stop === undefined || Math.min(stop.width, stop.height) < 64) return ['the stop is smaller than 64 px'];
    const seen = document.elementFromPoint(stop.x + stop.width / 2, stop.y + stop.height / 2);
    return seen?.closest('[data-testid=stop]') ? [] : ['something lies over the stop'];
  });
}

/** What axe-core finds, by WCAG 2.2 AA and best practice; each with where. */
export async function axeFaults(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (Reflect.get(window, 'axe') as typeof axe).run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`),
    );
  });
}

/** From the page's start on, counts every shift of the layout that no input caused. To be called before the page is opened. */
export async function watchShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    Object.assign(window, { shifts: [] });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (Reflect.get(entry, 'hadRecentInput') === true) continue;
        const sources: { node?: Node }[] = Reflect.get(entry, 'sources') ?? [];
        const where = sources
          .map(({ node }) => (node instanceof Element ? node.className || node.tagName : ''))
          .join(', ');
        Reflect.get(window, 'shifts').push({ value: Reflect.get(entry, 'value'), where });
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

/** What has shifted since the last call. */
export function takeShifts(page: Page): Promise<{ value: number; where: string }[]> {
  return page.evaluate(() => Reflect.get(window, 'shifts').splice(0));
}
