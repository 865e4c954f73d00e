import { defineConfig } from 'vite';

/**
 * Builds the page in which untrusted output is drawn, apart from the app: its scripts lie under the fixed folder
 * `frame/`, so that a server can give them (and nothing else) to a page without an origin.
 */
export default defineConfig({
  logLevel: 'warn',
  publicDir: false,
  build: {
    target: 'es2023',
    emptyOutDir: false,
    modulePreload: false,
    chunkSizeWarningLimit: 6_000,
    rolldownOptions: {
      input: 'output-frame.html',
      output: {
        entryFileNames: 'frame/runner.js',
        chunkFileNames: 'frame/[name].js',
        assetFileNames: 'frame/[name][extname]',
      },
    },
  },
});
