/** Neighbouring cells. While far from the screen they are one thing to the browser, not a dozen. */
export interface CellGroup {
  readonly key: number;
  readonly cells: readonly string[];
}

/** New groups are this long; cells added in between may double it before a group is cut. */
const size = 8;

/**
 * Cells in groups, in order. A cell stays in the group it was in as long as its place allows: in another one it would
 * be made anew, and its charts drawn anew.
 */
export function regroup(before: readonly CellGroup[], order: readonly string[]): CellGroup[] {
  const home = new Map(before.flatMap(({ cells }, index) => cells.map((id) => [id, index])));
  let nextKey = Math.max(-1, ...before.map(({ key }) => key)) + 1;
  const groups: { key: number; cells: string[] }[] = [];
  let current: { key: number; cells: string[] } | undefined;
  let currentHome = -1;
  order.forEach((id, place) => {
    const mine = home.get(id) ?? currentHome;
    const next = home.get(order[place + 1] ?? '') ?? mine;
    // One whose follower belongs further up was moved here, and is a guest.
    const opensItsOwn = mine > currentHome && next >= mine;
    if (opensItsOwn) currentHome = mine;
    const limit = mine === currentHome && home.has(id) ? 2 * size : size;
    if (opensItsOwn || !current || current.cells.length >= limit) {
      current = { key: (opensItsOwn ? before[mine]?.key : undefined) ?? nextKey++, cells: [] };
      groups.push(current);
    }
    current.cells.push(id);
  });
  return groups.map((group) => before.find((old) => isSame(old, group)) ?? group);
}

function isSame(a: CellGroup, b: CellGroup): boolean {
  return (
    a.key === b.key &&
    a.cells.length === b.cells.length &&
    a.cells.every((id, index) => id === b.cells[index])
  );
}
