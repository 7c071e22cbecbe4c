import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const paths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * @param ownNames host names that lead to this machine, in this browser alone.
 * @throws Error that says what to install when there is no Chromium.
 */
export function launchBrowser(ownNames: readonly string[] = []): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? paths.find(existsSync);
  if (executablePath === undefined) {
    throw new Error('no Chromium: apt-get install chromium, or give its path in the variable CHROMIUM');
  }
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=${ownNames.map((name) => `MAP ${name} 127.0.0.1`).join(',')}`,
    ],
  });
}

const touch = { hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
/** Every size at which the page has to be whole. */
export const screenSizes = {
  portrait: { viewport: { width: 390, height: 844 }, ...touch },
  landscape: { viewport: { width: 844, height: 390 }, ...touch },
  kiosk: { viewport: { width: 1024, height: 600 }, deviceScaleFactor: 1 },
  small: { viewport: { width: 360, height: 560 }, ...touch },
} as const;
export const phone = screenSizes.portrait;

/** A page whose every complaint (exceptions, policy violations, failed requests) is kept. `prepare` has it before it is opened. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = phone,
  prepare?: (page: Page) => Promise<void>,
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await prepare?.(page);
  await page.goto(url);
  return { page, complaints };
}

/** What the page did wrong: all but connections that a busy machine lost, which are the browser's own word, and made anew. */
export function ownComplaints(complaints: readonly string[]): string[] {
  return complaints.filter((complaint) => !complaint.includes('WebSocket'));
}
