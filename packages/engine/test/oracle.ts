/**
 * What a notebook has to show, worked out from nothing but its committed lines and their order, without any of the
 * engine's machinery: names are looked up afresh, cells evaluated by recursion.
 */
import { type Analysis, compareOrder, type Use } from '../src/state.ts';
import { parse } from './notation.ts';
import { digest, valueIn, type World } from './world.ts';

export type Expected = { kind: 'value' | 'error'; term: string } | { kind: 'fault' | 'blocked' };

interface Placed {
  id: string;
  line: string;
  parses: boolean;
  analysis: Analysis | null;
}

export function expectations(world: World): Map<string, Expected> {
  const cells: Placed[] = [...world.state.cells.values()].sort(compareOrder).map(({ id }) => {
    const line = world.lines.get(id) ?? '';
    const { analysed } = parse(world.sound.get(id) ?? '');
    return {
      id,
      line,
      parses: parse(line).analysed.ok,
      analysis: analysed.ok ? analysed.analysis : null,
    };
  });
  const effective: {
    defines: Set<string>;
    bindings: Map<string, number>;
    closures: Map<string, Use>;
  }[] = [];

  const lookup = (at: number, name: string): number | undefined => {
    for (let index = at - 1; index >= 0; index -= 1) {
      if (effective[index]?.defines.has(name)) return index;
    }
    const own = cells[at]?.analysis;
    if (own?.defines.includes(name) || own?.mutates.includes(name)) return undefined;
    for (let index = at + 1; index < cells.length; index += 1) {
      if (cells[index]?.analysis?.defines.includes(name)) return index;
    }
    return undefined;
  };
  const closure = (reader: number, owner: number, name: string): Use | undefined =>
    owner < reader ? effective[owner]?.closures.get(name) : cells[owner]?.analysis?.deferred[name];

  cells.forEach(({ analysis }, at) => {
    const defines = new Set(analysis?.defines);
    const bindings = new Map<string, number>();
    const mentions = [...(analysis?.mentions ?? [])];
    const seen = new Set<string>();
    for (const name of analysis?.mutates ?? []) defines.add(name);
    const bind = (queue: string[], from: (owner: number) => boolean): void => {
      for (const name of queue) {
        if (seen.has(name)) continue;
        seen.add(name);
        const owner = lookup(at, name);
        if (owner === undefined || !from(owner)) continue;
        bindings.set(name, owner);
        const later = closure(at, owner, name);
        const written = [...(later?.mutates ?? []), ...(later?.defines ?? [])];
        for (const one of written) defines.add(one);
        queue.push(...(later?.reads ?? []), ...written);
        mentions.push(...(later?.mentions ?? []));
      }
    };
    bind([...(analysis?.reads ?? []), ...(analysis?.mutates ?? [])], () => true);
    bind(mentions, (owner) => owner < at);
    const closures = new Map<string, Use>();
    for (const name of defines) {
      const held = new Set([name]);
      const isOwn = (one: string): boolean =>
        (analysis?.defines.includes(one) || analysis?.mutates.includes(one)) ?? false;
      for (const one of held) {
        for (const other of analysis?.carries[one] ?? []) held.add(other);
        if (!defines.has(one) || isOwn(one)) continue;
        for (const other of [...Object.keys(analysis?.deferred ?? {}), ...bindings.keys()])
          held.add(other);
      }
      const uses = [...held].flatMap((one) => {
        const owner = bindings.get(one);
        return [
          analysis?.deferred[one] ?? [],
          owner === undefined ? [] : (closure(at, owner, one) ?? []),
        ].flat();
      });
      const all = (pick: (use: Use) => readonly string[]): string[] => [
        ...new Set(uses.flatMap(pick)),
      ];
      const use = {
        reads: all((u) => u.reads),
        defines: all((u) => u.defines),
        mutates: all((u) => u.mutates),
        mentions: all((u) => u.mentions ?? []),
      };
      if (Object.values(use).some((some) => some.length > 0)) closures.set(name, use);
    }
    effective.push({ defines, bindings, closures });
  });

  const reaches = (from: number, to: number, seen = new Set<number>()): boolean => {
    for (const owner of effective[from]?.bindings.values() ?? []) {
      if (owner === to) return true;
      if (seen.has(owner)) continue;
      seen.add(owner);
      if (reaches(owner, to, seen)) return true;
    }
    return false;
  };
  const known = new Map<number, Expected>();
  const evaluate = (at: number): Expected => {
    const before = known.get(at);
    if (before !== undefined) return before;
    const cell = cells[at];
    if (cell === undefined || !cell.parses || reaches(at, at)) {
      known.set(at, { kind: 'fault' });
      return { kind: 'fault' };
    }
    const seen: string[] = [];
    let blocked = false;
    for (const [name, owner] of [...(effective[at]?.bindings ?? [])].sort(([a], [b]) =>
      a < b ? -1 : 1,
    )) {
      const from = evaluate(owner);
      if (from.kind !== 'value') blocked = true;
      else {
        seen.push(`${name}:${valueIn(name, cells[owner]?.line ?? '', from.term)}`);
      }
    }
    const term = digest(`${cell.id}[${cell.line}](${seen.join(',')})`);
    const result: Expected = blocked
      ? { kind: 'blocked' }
      : { kind: parse(cell.line).fails ? 'error' : 'value', term };
    known.set(at, result);
    return result;
  };
  return new Map(cells.map(({ id }, at) => [id, evaluate(at)]));
}
