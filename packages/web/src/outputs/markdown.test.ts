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
  ['a place that failed', '`⚠ {x} <E>`', '<code class="out-failed-place">⚠ {x} &lt;E&gt;</code>'],
  ['a sign elsewhere in code', '`a ⚠ b`', '<code>a ⚠ b</code>'],
  ['embedded images', '![x](data:image/png;base64,AAAA)', '<img src="data:image/png;base64,AAAA"'],
])('%s', (_, source, part) => expect(renderMarkdown(source, renderMath)).toContain(part));
