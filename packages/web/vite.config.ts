import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const server = 'http://127.0.0.1:4747';

export default defineConfig({
  // The start of the server shows this build: only what is wrong is worth a line there.
  logLevel: 'warn',
  plugins: [react(), tailwind()],
  build: {
    target: 'es2023',
    // The Content-Security-Policy lets no font or image come from a data: URL of the style sheet.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 6_000,
  },
  server: {
    proxy: { '/api': server, '/ws': { target: server, ws: true } },
  },
});
