import type { KernelEvent } from '@rnb/protocol';
import type { Kernel, KernelLauncher } from '../kernels/kernel.ts';

/**
 * Shows Markdown that names no values: it needs no process. Markdown with `{name}` places runs where the values are.
 */
export const proseLauncher: KernelLauncher = {
  language: 'prose',
  launch(_options, listener): Kernel {
    const sources = new Map<string, string>();
    return {
      language: 'prose',
      run({ batch, cells }) {
        const events: KernelEvent[] = [];
        for (const { cell, run, program } of cells) {
          if (program !== undefined) sources.set(cell, program.source);
          events.push(
            { type: 'started', cell, run, at: Date.now() },
            {
              type: 'output',
              cell,
              run,
              output: { data: { 'text/markdown': sources.get(cell) ?? '' } },
            },
            { type: 'done', cell, run, outcome: 'ok', durationMs: 0 },
          );
        }
        events.push({ type: 'batch_done', batch });
        queueMicrotask(() => listener.onEvents(events));
      },
      cancel() {},
      forget(cells) {
        for (const cell of cells) sources.delete(cell);
      },
      rows: () => Promise.reject(new Error('prose has no tables')),
      interrupt() {},
      close: () => Promise.resolve(),
    };
  },
};
