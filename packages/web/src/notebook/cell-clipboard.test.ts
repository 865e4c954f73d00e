import { limits } from '@rnb/protocol';
import { expect, test } from 'vitest';
import { type CopiedCell, putCells, takeCells } from './cell-clipboard.ts';

function clipboard(content: Record<string, string> = {}) {
  const data = new Map(Object.entries(content));
  return {
    data,
    getData: (type: string) => data.get(type) ?? '',
    setData: (type: string, text: string) => void data.set(type, text),
  };
}

test('cells come back as they were, and are text to others', () => {
  const cells: CopiedCell[] = [
    { kind: 'markdown', code: '# Title' },
    { kind: 'python', code: '', disabled: true },
    { kind: 'python', code: 'x = 1\nx' },
  ];
  const copied = clipboard();
  putCells(copied, cells);
  expect(takeCells(copied)).toEqual(cells);
  expect(copied.data.get('text/plain')).toBe('# Title\n\n\n\nx = 1\nx');
});

test.each([
  [{ 'text/plain': 'a = 1\r\na' }, [{ kind: 'python', code: 'a = 1\na' }]],
  [{ 'text/plain': ' \n' }, null],
  [{}, null],
  [{ 'text/plain': 'x'.repeat(limits.maxCellSourceLength + 1) }, null],
  [
    { 'application/vnd.rnb.cells+json': '[{"kind":"cobol","code":"x"}]', 'text/plain': 'x' },
    [{ kind: 'python', code: 'x' }],
  ],
  [{ 'application/vnd.rnb.cells+json': '[]', 'text/html': '<b>x</b>' }, null],
])('%# what else lies on the clipboard', (content, cells) => {
  expect(takeCells(clipboard(content))).toEqual(cells);
});
