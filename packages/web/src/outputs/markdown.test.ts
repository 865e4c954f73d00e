import { describe, expect, test } from 'vitest';
import { isSafeLink, renderMarkdown } from './markdown.ts';
import { renderMath } from './math.ts';

describe('links', () => {
  test.each([
    ['https://example.com', true],
    ['mailto:a@example.com', true],
    ['#part', true],
    ['javascript:alert(1)', false],
    ['JaVaScRiPt:alert(1)', false],
    ['java\tscript:alert(1)', false],
    ['\u0001javascript:alert(1)', false],
    ['java&#115;cript:alert(1)', false],
    ['javascript&colon;alert(1)', false],
    ['data:text/html,<script>', false],
    ['vbscript:x', false],
    ['file:///etc/passwd', false],
    ['//evil.test', false],
    ['/api/notebooks', false],
    ['blob:https://x', false],
  ])('%j', (url, safe) => expect(isSafeLink(url)).toBe(safe));
});

describe('hostile Markdown', () => {
  test.each([
    '[x](javascript:alert(1))',
    '[x](java&#x09;script:alert(1))',
    '[x](&#106;avascript:alert(1))',
    '[x](javascript&colon;alert(1))',
    '[x](<java\tscript:alert(1)>)',
    '[x](data:text/html;base64,PHNjcmlwdD4=)',
    '[x](data:image/png;base64,AAAA)',
    '![x](data:image/svg+xml;base64,AAAA)',
    '![x](javascript:alert(1))',
    '<javascript:alert(1)>',
    '[x]: javascript:alert(1)\n\n[x]',
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<a href="javascript:alert(1)">x</a>',
    '$\\href{javascript:alert(1)}{x}$',
    '$\\htmlId{app}{x}$ $\\includegraphics{https://evil.test/x.png}$',
    '![x" onerror="alert(1)](https://evil.test/x.png)',
  ])('%s', (source) => {
    const html = renderMarkdown(source, renderMath);
    expect(html).not.toMatch(/<(script|iframe|object|embed|form)|<img(?! src="data:image\/png)/i);
    expect(html).not.toMatch(/(href|src)="(?!https:|#)/i);
    expect(html).not.toMatch(/<[^>]*\son\w+="/i);
  });
});

test.each([
  ['links open apart', 'https://example.com', 'rel="noopener noreferrer nofollow"'],
  ['math', 'Area $x^2$', 'class="katex"'],
  ['display math', '$$\nx^2\n$$', 'katex-display'],
  ['prices', 'from $5 to $6', 'from $5 to $6'],
  ['tables', '|a|\n|-|\n|1|', '<table>'],
  ['embedded images', '![x](data:image/png;base64,AAAA)', '<img src="data:image/png;base64,AAAA"'],
])('%s', (_, source, part) => expect(renderMarkdown(source, renderMath)).toContain(part));

describe('K13: a place that failed', () => {
  const escaped = String.raw`⚠ \{x\} \<E\>\: &#96;a\|\*b\*\[c\]\(https\://d\.example\)&#96;`;
  const place = `\u2063${escaped}\u2064`;
  const frame =
    '<code class="out-failed-place">⚠ {x} &lt;E&gt;: `a|*b*[c](https://d.example)`</code>';
  test.each([
    ['in its line', `a ${place}, b ${place}.`, `<p>a ${frame}, b ${frame}.</p>`],
    ['in a heading', `# ${place}`, `<h1>${frame}</h1>`],
    ['in a row of a table', `|a|b|\n|-|-|\n|${place}|1|`, `<td>${frame}</td>\n<td>1</td>`],
    ['behind a lone backtick', `a \` ${place}`, `<p>a \` ${frame}</p>`],
    ['between backticks of other lines', `a \` ${place}\n\n\``, `<p>a \` ${frame}</p>`],
    ['in emphasis', `**a ${place}**`, `<strong>a ${frame}</strong>`],
    ['code that begins with its sign', '`⚠ a`', '<p><code>⚠ a</code></p>'],
    ['half of a mark', 'a \u2063 b', '<p>a \u2063 b</p>'],
  ])('%s', (_, source, html) => expect(renderMarkdown(source, renderMath)).toContain(html));
});
