/** What the frames of the notebook's socket are told apart by. No schemas, for the page's first script needs none. */

/** Raised whenever an older client could misunderstand; a client with another version reloads itself. */
export const protocolVersion = 4;

export const binaryKind = { sync: 0, awareness: 1 } as const;

export const closeCode = {
  protocol: 4400,
  unauthenticated: 4401,
  forbidden: 4403,
  notFound: 4404,
  helloTimeout: 4408,
  tooBig: 4413,
  tooSlow: 4428,
  tooMany: 4429,
  failed: 4500,
  draining: 4503,
} as const;
