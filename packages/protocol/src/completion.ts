import { z } from 'zod';

/** What may follow a value: its attributes (`df.`), or its keys (`df["`): names of columns, keys of a dict. */
export const CompletionQuery = z.object({
  /** The name where the expression begins, as the cell sees it. */
  name: z.string().min(1).max(200),
  /** The attributes that follow the name, joined by dots: `a.b` of `x.a.b.`. */
  path: z.string().max(1_000).default(''),
  of: z.enum(['attributes', 'keys']).default('attributes'),
});
export type CompletionQuery = z.infer<typeof CompletionQuery>;

export const Completion = z.object({
  label: z.string(),
  kind: z.enum(['function', 'class', 'module', 'property', 'value', 'key']),
});
export type Completion = z.infer<typeof Completion>;

export const Completions = z.object({ items: z.array(Completion) });
export type Completions = z.infer<typeof Completions>;
