import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const server = 'http://127.0.0.1:4747';

/** The notebook's page is fetched beside the entry, not after the entry has run and asked for it. */
const preloadNotebookPage: Plugin = {
  name: 'preload-notebook-page',
  transformIndexHtml(_html, { bundle }) {
    const page = Object.values(bundle ?? {}).find(
      (file) => file.type === 'chunk' && file.name === 'notebook-page',
    );
    if (page?.type !== 'chunk') return [];
    const styles = [...(page.viteMetadata?.importedCss ?? [])];
    return [
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
  plugins: [react(), tailwind(), preloadNotebookPage],
  build: {
    target: 'es2023',
    // The Content-Security-Policy lets no font or image come from a data: URL of the style sheet.
    assetsInlineLimit: 0,
  },
  server: {
    proxy: { '/api': server, '/ws': { target: server, ws: true } },
  },
});
