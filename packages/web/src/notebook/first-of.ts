const fewNames = 12;
/** To say that there are two more takes as much room as these two. */
const hardlyMore = 3;

/** The names to show of a list that may be long: all, or those at its beginning. */
export function firstOf(names: readonly string[]): readonly string[] {
  return names.length < fewNames + hardlyMore ? names : names.slice(0, fewNames);
}
