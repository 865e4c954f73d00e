import MarkdownIt from 'markdown-it';

/** Links that a notebook may show: judged on the decoded text, as a browser would read it. */
export function isSafeLink(url: string): boolean {
  // Browsers skip controls and spaces inside a scheme, so they must not hide one from us either.
  const bare = decodeEntities(url).replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what hides a scheme
    /[\u0000-\u0020\u007f-\u00a0\u200b-\u200f\u2028\u2029\ufeff]/g,
    '',
  );
  return /^(https?:\/\/|mailto:|#)/i.test(bare);
}

function decodeEntities(text: string): string {
  return text.replace(/&#(x[\da-f]+|\d+);?|&(tab|newline|colon);/gi, (_, number, name) => {
    if (name) return { tab: '\t', newline: '\n', colon: ':' }[String(name).toLowerCase()] ?? '';
    const code = /^x/i.test(number) ? Number.parseInt(number.slice(1), 16) : Number(number);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}

const embeddedImage = /^data:image\/(png|jpeg|gif|webp);base64,/i;

/** HTML of a formula. */
export type RenderMath = (tex: string, displayMode: boolean) => string;

/** The formula as it was written, until what draws it was loaded. */
export const renderTex: RenderMath = (tex) => `<code>${md.utils.escapeHtml(tex)}</code>`;

const md = new MarkdownIt({ html: false, linkify: true });
md.validateLink = (url) => isSafeLink(url) || embeddedImage.test(url);

md.renderer.rules.link_open = (tokens, index, options, _env, renderer) => {
  const token = tokens[index];
  const href = String(token?.attrGet('href') ?? '');
  if (token && !isSafeLink(href)) token.attrs = [];
  else if (token && !href.startsWith('#')) {
    token.attrSet('target', '_blank');
    token.attrSet('rel', 'noopener noreferrer nofollow');
  }
  return renderer.renderToken(tokens, index, options);
};

// An image elsewhere would tell its server who reads the notebook: it is a link, to be followed or not.
md.renderer.rules.image = (tokens, index) => {
  const token = tokens[index];
  const src = md.utils.escapeHtml(String(token?.attrGet('src') ?? ''));
  const alt = md.utils.escapeHtml(token?.content ?? '');
  if (embeddedImage.test(src)) return `<img src="${src}" alt="${alt}">`;
  return `<a href="${src}" target="_blank" rel="noopener noreferrer nofollow">${alt || src}</a>`;
};

md.inline.ruler.after('escape', 'math', (state, silent) => {
  const rest = state.src.slice(state.pos, state.posMax);
  // As in Pandoc: no space inside the dollars, no digit after them, so that prices stay prices.
  const match =
    /^\$\$([^$]+)\$\$/.exec(rest) ?? /^\$(?!\s)((?:\\.|[^$\\])+?)(?<!\s)\$(?!\d)/s.exec(rest);
  if (!match) return false;
  if (!silent) {
    const token = state.push('math', '', 0);
    token.content = match[1] ?? '';
    token.meta = { display: match[0].startsWith('$$') };
  }
  state.pos += match[0].length;
  return true;
});

md.block.ruler.before(
  'fence',
  'math_block',
  (state, startLine, endLine, silent) => {
    const lineAt = (line: number) =>
      state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line]);
    if (lineAt(startLine).trim() !== '$$') return false;
    let end = startLine + 1;
    while (end < endLine && lineAt(end).trim() !== '$$') end++;
    if (end >= endLine) return false;
    if (silent) return true;
    const token = state.push('math', '', 0);
    token.content = state.getLines(startLine + 1, end, state.blkIndent, false);
    token.meta = { display: true };
    state.line = end + 1;
    return true;
  },
  { alt: ['paragraph'] },
);

// So kernels mark a place in prose that could not be filled in (PROTOCOL K13). What they escaped is text by now.
const failedPlace = /\u2063([^\u2063\u2064]*)\u2064/;

md.core.ruler.after('text_join', 'failed_place', ({ tokens, Token }) => {
  for (const block of tokens) {
    block.children =
      block.children?.flatMap((token) => {
        if (token.type !== 'text' || !failedPlace.test(token.content)) return token;
        return token.content.split(failedPlace).map((content, index) => {
          const isPlace = index % 2 === 1;
          const part = isPlace ? new Token('code_inline', 'code', 0) : new Token('text', '', 0);
          part.content = content;
          if (isPlace) part.attrJoin('class', 'out-failed-place');
          return part;
        });
      }) ?? null;
  }
});

md.renderer.rules.math = (tokens, index, _options, env) => {
  const token = tokens[index];
  const math = (env?.math as RenderMath | undefined) ?? renderTex;
  return math(token?.content ?? '', token?.meta?.display === true);
};

/** HTML of Markdown with `$math$`. It holds no HTML of its author's; sanitize it all the same before it is shown. */
export function renderMarkdown(source: string, math: RenderMath): string {
  return md.render(source, { math });
}
