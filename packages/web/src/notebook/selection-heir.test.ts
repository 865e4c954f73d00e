import { expect, test } from 'vitest';
import { Selection } from './selection.ts';
import { passSelectionOn } from './selection-heir.ts';

/** `a b [c]`: the cells, and the selected one; `<c>` while it is being edited. */
test.each([
  ['[a] b c', 'b c', 'b'],
  ['a [b] c', 'a c', 'c'],
  ['a b [c]', 'a b', 'b'],
  ['a [b] c d', 'a d', 'd'],
  ['a b [c] d', 'a', 'a'],
  ['[a]', '', null],
  ['a [b] c', 'b a', 'b'],
  ['a <b> c', 'a c', 'b'],
])('%s, then %s: %s is selected', (text, after, expected) => {
  const ids = (cells: string) => cells.match(/\w+/g) ?? [];
  let order = ids(text);
  let tell = () => {};
  const selection = new Selection();
  selection.select(/[[<](\w)/.exec(text)?.[1] ?? null, text.includes('<'));
  passSelectionOn(
    {
      getOrder: () => order,
      subscribeOrder: (listener) => {
        tell = listener;
        return () => {};
      },
    },
    selection,
  );
  order = ids(after);
  tell();
  expect(selection.get().cell).toBe(expected);
});
