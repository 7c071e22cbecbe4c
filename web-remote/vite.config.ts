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
    // What the service worker has to keep for the page to open without the car.
    manifest: 'asset-list.json',
    rollupOptions: {
      input: {
        index: join(here, 'index.html'),
        'service-worker': join(here, 'src', 'offline', 'service-worker.ts'),
      },
      output: {
        // It governs the folder it lies in, and is found by its name.
        entryFileNames: (chunk) => (chunk.name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
