import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../platform/paths.ts';
import { apiFiles } from './all-files.ts';

for (const [name, text] of apiFiles()) {
  const file = join(projectFolder(), 'docs', name);
  writeFileSync(file, text);
  process.stdout.write(`${file}\n`);
}
