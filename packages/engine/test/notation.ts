import type { Analysed, Use } from '../src/index.ts';

/**
 * A cell in one line, for cases:
 *   `x=a+b`   defines x, reads a and b, and x may hold what they hold
 *   `x=1`     defines x, with the same value whichever cell does it and however often
 *   `x+=a`    changes x in place
 *   `a`       reads a
 *   `@a`      mentions a; anywhere in place of a name that is read
 *   `f:{a}`   defines a function f whose body reads a; `{=g}` rebinds g, `{~l}` changes l in place
 *   `!`       fails when it runs        `?`  does not parse
 * Statements are separated by spaces.
 */
export interface Line {
  analysed: Analysed;
  /** Names whose last definition is a constant, with it. */
  constants: Map<string, string>;
  fails: boolean;
}

const names = (text: string): string[] => text.match(/[a-z]\w*/g) ?? [];
const readIn = (text: string): string[] => text.match(/(?<![@\w])[a-z]\w*/g) ?? [];
const mentionedIn = (text: string): string[] => text.match(/(?<=@)[a-z]\w*/g) ?? [];
const sorted = (items: Iterable<string>): string[] => [...new Set(items)].sort();

export function parse(line: string): Line {
  if (line.includes('?')) {
    return {
      fails: false,
      constants: new Map(),
      analysed: { ok: false, fault: { message: 'no sense', line: 1, column: 1 } },
    };
  }
  const reads: string[] = [];
  const defines = new Set<string>();
  const mutates: string[] = [];
  const mentions: string[] = [];
  const deferred: Record<string, Use> = {};
  const carries: Record<string, string[]> = {};
  const constants = new Map<string, string>();
  const read = (text: string): void => {
    reads.push(...readIn(text).filter((name) => !defines.has(name)));
    mentions.push(...mentionedIn(text).filter((name) => !defines.has(name)));
  };
  for (const statement of line.match(/\w+:\{[^}]*\}|[^\s]+/g) ?? []) {
    const definition = /^(\w+):\{(.*)\}$/.exec(statement);
    const augmented = /^(\w+)\+=(.*)$/.exec(statement);
    const assigned = /^(\w+)=(.*)$/.exec(statement);
    if (definition !== null) {
      const [, name = '', body = ''] = definition;
      const parts = body.split(/\s+/).filter((part) => part !== '');
      deferred[name] = {
        reads: sorted(parts.flatMap(readIn)),
        defines: sorted(parts.filter((part) => part.startsWith('=')).flatMap(names)),
        mutates: sorted(parts.filter((part) => part.startsWith('~')).flatMap(names)),
        mentions: sorted(parts.flatMap(mentionedIn)),
      };
      defines.add(name);
      constants.delete(name);
    } else if (augmented !== null) {
      const [, name = '', value = ''] = augmented;
      read(value);
      if (!defines.has(name)) mutates.push(name);
      read(name);
      defines.add(name);
      constants.delete(name);
    } else if (assigned !== null) {
      const [, name = '', value = ''] = assigned;
      read(value);
      const held = names(value);
      if (held.length > 0) carries[name] = sorted([...(carries[name] ?? []), ...held]);
      defines.add(name);
      if (held.length === 0) constants.set(name, value);
      else constants.delete(name);
    } else {
      read(statement);
    }
  }
  const analysis = {
    reads: sorted(reads),
    defines: sorted(defines),
    mutates: sorted(mutates),
    mentions: sorted(mentions),
    deferred,
    carries,
  };
  return { fails: line.includes('!'), constants, analysed: { ok: true, analysis } };
}
