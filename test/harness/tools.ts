import { existsSync } from 'node:fs';

/** Said once a tool and test file; under CI a missing tool is a failure, elsewhere its tests are skipped. */
function missing(tool: string, cure: string): false {
  if (process.env['CI'] === 'true') throw new Error(`${tool} is missing, and CI needs it: ${cure}`);
  process.stderr.write(`skipped: ${tool} is missing (${cure})\n`);
  return false;
}

export function chromiumIsThere(): boolean {
  const paths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const given = process.env['CHROMIUM'];
  return (
    (given !== undefined ? existsSync(given) : paths.some((path) => existsSync(path))) ||
    missing('Chromium', 'apt-get install chromium')
  );
}
