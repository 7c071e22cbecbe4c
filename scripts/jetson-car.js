#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const program = new URL('../dist/daemon/cli/index.js', import.meta.url);
if (existsSync(fileURLToPath(program))) {
  await import(program.href);
} else {
  console.error('jetson-car: the program is not built yet. In its folder, run: npm run build');
  process.exitCode = 1;
}
