import type { Kernel, KernelLauncher, RunEvent } from '../kernels/kernel.ts';

/**
 * Shows Markdown that names no values: it needs no process. Markdown with `{name}` places runs where the values are.
 */
export const proseLauncher: KernelLauncher = {
  language: 'prose',
  launch(_options, listener): Kernel {
    return {
      language: 'prose',
      run({ batch, cells }) {
        const events: RunEvent[] = [];
        for (const { cell, run, program } of cells) {
          events.push(
            { type: 'started', cell, run, at: Date.now() },
            {
              type: 'output',
              cell,
              run,
              output: { data: { 'text/markdown': program.source } },
            },
            { type: 'done', cell, run, outcome: 'ok', durationMs: 0 },
          );
        }
        events.push({ type: 'batch_done', batch });
        queueMicrotask(() => listener.onEvents(events));
      },
      cancel() {},
      forget() {},
      rows: () => Promise.reject(new Error('prose has no tables')),
      complete: () => Promise.resolve([]),
      interrupt() {},
      close: () => Promise.resolve(),
    };
  },
};
