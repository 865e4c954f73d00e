import { z } from 'zod';

/** Stable: clients and agents may branch on these. */
export const ProblemCode = z.enum([
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'invalid',
  'malformed',
  'too_large',
  'too_many_requests',
  'timeout',
  'not_live',
  'notebook_damaged',
  'storage_unavailable',
  'unavailable',
  'internal',
]);
export type ProblemCode = z.infer<typeof ProblemCode>;

/** RFC 9457, with a stable `code`. */
export const Problem = z.object({
  type: z.literal('about:blank').default('about:blank'),
  title: z.string(),
  status: z.number().int(),
  code: ProblemCode,
  /** What happened and what to do, for people. */
  detail: z.string(),
  /** For `invalid`: each fault with its place, as `body.title`. */
  faults: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  /** For `internal`: what to quote to the operator, who finds it in the log. */
  id: z.string().optional(),
});
export type Problem = z.infer<typeof Problem>;
