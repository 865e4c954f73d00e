import * as Y from 'yjs';

/**
 * A Yjs document with nothing in it. It has no guid, for nobody asks for one: Yjs would put it together of 31 random
 * numbers, each a call of the system, which takes longer than reading a short notebook.
 */
export function newDoc(): Y.Doc {
  return new Y.Doc({ guid: '' });
}
