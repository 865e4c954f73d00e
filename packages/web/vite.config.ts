import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const server = 'http://127.0.0.1:4747';

/** What opening a notebook needs is fetched at once, not after the entry has run and asked for it. */
const startEarly: Plugin = {
  name: 'start-early',
  transformIndexHtml(_html, { bundle }) {
    const chunk = (name: string) =>
      Object.values(bundle ?? {}).find((file) => file.type === 'chunk' && file.name === name);
    const early = chunk('browser-socket');
    const page = chunk('notebook-page');
    if (early?.type !== 'chunk' || page?.type !== 'chunk') return [];
    const styles = [...(page.viteMetadata?.importedCss ?? [])];
    return [
      { tag: 'script', attrs: { type: 'module', async: true, src: `/${early.fileName}` } },
      ...[page.fileName, ...page.imports].map((file) => ({
        tag: 'link',
        attrs: { rel: 'modulepreload', href: `/${file}` },
      })),
      ...styles.map((file) => ({ tag: 'link', attrs: { rel: 'stylesheet', href: `/${file}` } })),
    ];
  },
};

export default defineConfig({
  // The start of the server shows this build: only what is wrong is worth a line there.
  logLevel: 'warn',
  plugins: [react(), tailwind(), startEarly],
  build: {
    target: 'es2023',
    // The plot libraries are megabytes, and are fetched when a plot is shown.
    chunkSizeWarningLimit: 6_000,
    // The Content-Security-Policy lets no font or image come from a data: URL of the style sheet.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: ['index.html', 'src/client/browser-socket.ts'],
      output: {
        // Libraries that make errors as they start: whoever records the stacks reads all of a script for them anew.
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler)\// },
            { name: 'yjs', test: /node_modules\/(yjs|lib0|y-protocols)\// },
          ],
        },
      },
    },
  },
  server: {
    proxy: { '/api': server, '/ws': { target: server, ws: true } },
  },
});
