import { CompletionContext } from '@codemirror/autocomplete';
import { python } from '@codemirror/lang-python';
import { EditorState } from '@codemirror/state';
import type { CompletionQuery } from '@rnb/protocol';
import { expect, test } from 'vitest';
import { type AskKernel, valueCompletions } from './value-completions.ts';

const answer: AskKernel = async () => [
  { label: 'mean', kind: 'function' },
  { label: "it's", kind: 'key' },
  { label: '_repr', kind: 'value' },
];

/** What is asked of the kernel, and what is offered, where `|` stands. */
async function at(code: string, ask: AskKernel = answer) {
  const pos = code.indexOf('|');
  const state = EditorState.create({ doc: code.replace('|', ''), extensions: python() });
  const asked: CompletionQuery[] = [];
  const source = valueCompletions((query, signal) => {
    asked.push(query);
    return ask(query, signal);
  });
  const result = await source(new CompletionContext(state, pos, false));
  return { asked: asked[0], result };
}

test.each([
  ['df.|', 'df', '', 'attributes'],
  ['x = df.me|', 'df', '', 'attributes'],
  ['print(df.price.me|)', 'df', 'price', 'attributes'],
  ['f"{df.me|}"', 'df', '', 'attributes'],
  ['größe.a.b.|', 'größe', 'a.b', 'attributes'],
  ['df["|"]', 'df', '', 'keys'],
  ["df[df['pr|", 'df', '', 'keys'],
  ['a.b["|', 'a', 'b', 'keys'],
])('%s asks for what follows %s', async (code, name, path, of) => {
  expect((await at(code)).asked).toEqual({ name, path, of });
});

test.each([
  'df|',
  'f().a.|',
  'a[0].b.|',
  '"text".|',
  '1.|',
  '# df.|',
  '"df.|"',
  'x = """\ndf.|\n"""',
  '["|',
  'f("|',
])('%s asks for nothing', async (code) => {
  const { asked, result } = await at(code);
  expect([asked, result]).toEqual([undefined, null]);
});

test('what is offered takes the place of what was typed', async () => {
  expect((await at('df.me|')).result).toMatchObject({
    from: 3,
    options: [{ label: 'mean', detail: 'function' }, { label: "it's" }],
  });
  expect((await at('df._|')).result?.options.map(({ label }) => label)).toContain('_repr');
  const keys = (await at("df['|")).result?.options ?? [];
  expect(keys.map(({ apply }) => apply)).toContain("it\\'s");
});

test('without an answer nothing is offered', async () => {
  expect((await at('df.|', () => Promise.reject(new Error('offline')))).result).toBeNull();
  expect((await at('df.|', async () => [])).result).toBeNull();
});
