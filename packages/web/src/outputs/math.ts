import 'katex/dist/katex.min.css';
import katex from 'katex';

export function renderMath(tex: string, displayMode: boolean): string {
  return katex.renderToString(tex, {
    displayMode,
    trust: false,
    strict: 'ignore',
    throwOnError: false,
    maxExpand: 1_000,
    maxSize: 20,
  });
}
