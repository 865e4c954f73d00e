import 'katex/dist/katex.min.css';
import DOMPurify from 'dompurify';
import { useLayoutEffect, useMemo, useRef } from 'react';
import { renderMarkdown, renderMath } from './markdown.ts';

/** Prose with math. Raw HTML stays text; what the renderer made is sanitized once more before it is shown. */
export function MarkdownView({ source }: { source: string; theme?: 'light' | 'dark' }) {
  return (
    <SafeHtml className="out-markdown" html={useMemo(() => renderMarkdown(source), [source])} />
  );
}

export function LatexView({ source }: { source: string }) {
  const html = useMemo(() => {
    const body = source.trim();
    const inner =
      /^\$\$([\s\S]*)\$\$$/.exec(body) ??
      /^\$([\s\S]*)\$$/.exec(body) ??
      /^\\\[([\s\S]*)\\\]$/.exec(body);
    return renderMath(inner?.[1] ?? body, true);
  }, [source]);
  return <SafeHtml className="out-latex" html={html} />;
}

function SafeHtml({ className, html }: { className: string; html: string }) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const safe = DOMPurify.sanitize(html, {
      RETURN_DOM_FRAGMENT: true,
      USE_PROFILES: { html: true, mathMl: true, svg: true },
      ADD_ATTR: ['target'],
      ALLOW_DATA_ATTR: false,
      FORBID_TAGS: ['style', 'form', 'input', 'button'],
      FORBID_ATTR: ['id', 'name'],
    });
    ref.current?.replaceChildren(safe);
  }, [html]);
  return <div className={className} ref={ref} />;
}
