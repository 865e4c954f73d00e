/**
 * The object that a JSON text holds; null for a text that is none. Null, too, where one object has a name twice, for
 * readers differ in which of the two they take, or where a name is one that objects have by themselves.
 */
export function parseObject(text: string): object | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return hasPlainNames(text) ? value : null;
}

/** `text` is JSON: then strings and brackets are all that matters, and a string before a colon is a name. */
function hasPlainNames(text: string): boolean {
  const open: Set<string>[] = [];
  for (const [token, string] of text.matchAll(
    /("[^"\\]*(?:\\.[^"\\]*)*")\s*:|"[^"\\]*(?:\\.[^"\\]*)*"|[{}]/g,
  )) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (string !== undefined) {
      const name: unknown = JSON.parse(string);
      const names = open.at(-1);
      if (typeof name !== 'string' || !names || name === '__proto__' || names.has(name))
        return false;
      names.add(name);
    }
  }
  return true;
}
