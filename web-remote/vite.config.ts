import { join } from 'node:path';
import preact from '@preact/preset-vite';
import { defineConfig } from 'vite';

const here = import.meta.dirname;

export default defineConfig({
  root: here,
  plugins: [preact()],
  build: {
    outDir: join(here, '..', 'dist', 'web-remote'),
    emptyOutDir: true,
    target: 'es2022',
    // The page's policy forbids inline scripts; and nothing is small enough to be worth a data: URL.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
