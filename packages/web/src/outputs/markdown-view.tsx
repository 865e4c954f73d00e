import DOMPurify from 'dompurify';
import { useLayoutEffect, useMemo, useRef } from 'react';
import { lateModule, useLateModule } from '../shell/late-module.ts';
import { renderMarkdown, renderTex } from './markdown.ts';

const mathModule = lateModule(() => import('./math.ts'));

/** Prose with math. Raw HTML stays text; what the renderer made is sanitized once more before it is shown. */
export function MarkdownView({ source }: { source: string }) {
  const math = useLateModule(mathModule, source.includes('$'))?.renderMath ?? renderTex;
  return (
    <SafeHtml
      className="out-markdown"
      html={useMemo(() => renderMarkdown(source, math), [source, math])}
    />
  );
}

export function LatexView({ source }: { source: string }) {
  const math = useLateModule(mathModule, true)?.renderMath ?? renderTex;
  const html = useMemo(() => {
    const body = source.trim();
    const inner =
      /^\$\$([\s\S]*)\$\$$/.exec(body) ??
      /^\$([\s\S]*)\$$/.exec(body) ??
      /^\\\[([\s\S]*)\\\]$/.exec(body);
    return math(inner?.[1] ?? body, true);
  }, [source, math]);
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
