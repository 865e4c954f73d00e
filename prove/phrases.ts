/**
 * What random cells are made of: a table of phrases, each a few lines of the Python that people write, with the names
 * filled in. What a name holds follows from the name, so that most cells run; all values stay small, and text is never
 * taken out of a set, whose order differs from process to process.
 */
import type { Random } from './random.ts';

const alphabet = {
  int: ['n', 'm', 'k'],
  text: ['t', 'w'],
  list: ['xs', 'ys', 'zs'],
  dict: ['d', 'e'],
  set: ['s', 'seen'],
  /** A list of lists. */
  rows: ['rows', 'grid'],
  /** Containers of anything. */
  bag: ['bag', 'box'],
  /** From a list to anything. */
  onList: ['f', 'touch'],
  /** From an integer to an integer. */
  onInt: ['g', 'step'],
  /** Without arguments. */
  plain: ['h', 'peek'],
  class: ['A', 'B'],
  object: ['p', 'q'],
  record: ['r'],
  iterator: ['it', 'gen'],
  dice: ['dice'],
  decorator: ['deco'],
  maths: ['math'],
} as const satisfies Record<string, readonly [string, ...string[]]>;

export type Kind = keyof typeof alphabet;

const kinds = Object.keys(alphabet) as Kind[];
const showable: readonly Kind[] = [
  ...(['int', 'int', 'text', 'list', 'list', 'dict', 'set', 'rows', 'bag', 'object'] as const),
  'record',
];

/** How often a name is taken that nothing above defines. */
const strayNames = 0.012;

/** A name of this kind is needed and there is none. */
class NoSuchName extends Error {}

export interface Words {
  /** Names that cells above bind, and what they hold. */
  known: ReadonlySet<string>;
  random: Random;
  mutation: boolean;
}

class Writer {
  readonly random: Random;
  readonly mutation: boolean;
  readonly defined: Set<string>;
  /** Bound by the phrase that is being written; known when it is complete. */
  binding: string[] = [];

  constructor({ known, random, mutation }: Words) {
    this.random = random;
    this.mutation = mutation;
    this.defined = new Set(known);
  }

  /** A name that is there already. */
  old(kind: Kind): string {
    const names = alphabet[kind].filter((name) => this.defined.has(name));
    if (names.length === 0 || this.random.chance(strayNames)) {
      if (names.length === 0 && !this.random.chance(strayNames)) throw new NoSuchName(kind);
      return this.random.pick(alphabet[kind]);
    }
    return this.random.pickAny(names) ?? '';
  }

  /** A name to bind, new or not. */
  to(kind: Kind): string {
    const name = this.random.pick(alphabet[kind]);
    this.binding.push(name);
    return name;
  }

  /** A name that may or may not be bound. */
  maybe(kind: Kind): string {
    return this.random.pick(alphabet[kind]);
  }

  has(kind: Kind): boolean {
    return alphabet[kind].some((name) => this.defined.has(name));
  }

  digit(): string {
    return String(this.random.between(0, 9));
  }

  key(): string {
    return this.random.pick(["'a'", "'b'", "'k'"]);
  }

  int(): string {
    const { random } = this;
    const ways: (() => string)[] = [() => this.digit()];
    if (this.has('int'))
      ways.push(
        () => this.old('int'),
        () => `${this.old('int')} + ${this.digit()}`,
      );
    if (this.has('list'))
      ways.push(
        () => `len(${this.old('list')})`,
        () => `sum(${this.old('list')})`,
      );
    if (this.has('dict')) ways.push(() => `len(${this.old('dict')})`);
    return (random.pickAny(ways) ?? ways[0])?.() ?? '1';
  }

  list(): string {
    const ways: (() => string)[] = [() => `[${this.int()}, ${this.digit()}]`];
    if (this.random.chance(0.2)) ways.push(() => '[]');
    if (this.has('list'))
      ways.push(
        () => this.old('list'),
        () => `list(${this.old('list')})`,
      );
    if (this.has('list')) ways.push(() => `[x + 1 for x in ${this.old('list')}]`);
    return (this.random.pickAny(ways) ?? ways[0])?.() ?? '[]';
  }

  /** Any value that can be changed in place. */
  thing(): string {
    const held = (['list', 'dict', 'rows', 'object', 'set', 'bag'] as const).filter((kind) =>
      this.has(kind),
    );
    const kind = this.random.pickAny(held);
    if (kind === undefined) throw new NoSuchName('thing');
    return this.old(kind);
  }
}

interface Phrase {
  weight: number;
  /** Changes a value in place, now or when what it defines is called. */
  mutates?: boolean;
  write(w: Writer): string;
}

const say = (weight: number, write: Phrase['write']): Phrase => ({ weight, write });
const change = (weight: number, write: Phrase['write']): Phrase => ({
  weight,
  write,
  mutates: true,
});

const phrases: [Phrase, ...Phrase[]] = [
  // Values, made and made anew.
  say(9, (w) => `${w.to('int')} = ${w.int()}`),
  say(5, (w) => {
    const name = w.old('int');
    return `${name} = ${name} + ${w.digit()}`;
  }),
  say(3, (w) => `${w.old('int')} += ${w.digit()}`),
  say(2, (w) => `${w.to('int')}, ${w.to('int')} = ${w.int()}, ${w.int()}`),
  say(2, (w) => `${w.to('int')} = (${w.to('int')} := ${w.int()}) + 1`),
  say(2, (w) => `${w.to('int')} = ${w.old('int')} * 3 % 11`),
  say(
    3,
    (w) => `${w.to('text')} = '${w.random.pick(['a', 'b', 'c'])}' * ${w.random.between(1, 3)}`,
  ),
  say(2, (w) => `${w.to('text')} = f'{${w.old('int')}}-{${w.old('text')}[:4]}'`),
  say(2, (w) => `${w.to('text')} = ${w.old('text')}.upper()[:6]`),
  say(9, (w) => `${w.to('list')} = ${w.list()}`),
  say(4, (w) => `${w.to('list')} = (${w.list()} + ${w.list()})[:8]`),
  say(3, (w) => `${w.to('list')} = sorted(${w.old('list')})`),
  say(3, (w) => `${w.to('list')} = [x for x in ${w.old('list')} if x > ${w.digit()}]`),
  say(2, (w) => `${w.to('list')} = ${w.old('list')}[1:]`),
  say(2, (w) => `${w.to('list')} = list(range(${w.random.between(0, 5)}))`),
  say(1, (w) => `${w.to('int')}, *${w.to('list')} = ${w.old('list')}`),
  say(5, (w) => `${w.to('dict')} = {${w.key()}: ${w.int()}}`),
  say(3, (w) => `${w.to('dict')} = {**${w.old('dict')}, ${w.key()}: ${w.int()}}`),
  say(2, (w) => `${w.to('dict')} = {str(x): x for x in ${w.old('list')}}`),
  say(2, (w) => `${w.to('int')} = ${w.old('dict')}.get(${w.key()}, ${w.digit()})`),
  say(1, (w) => `${w.to('int')} = ${w.old('dict')}[${w.key()}]`),
  say(3, (w) => `${w.to('set')} = set(${w.old('list')})`),
  say(2, (w) => `${w.to('set')} = ${w.old('set')} | {${w.int()}}`),
  say(2, (w) => `${w.to('int')} = len(${w.old('set')})`),
  say(4, (w) => `${w.to('rows')} = [[${w.digit()}], ${w.list()}]`),
  say(2, (w) => `${w.to('rows')} = [row + [${w.digit()}] for row in ${w.old('rows')}][:4]`),

  say(1, (w) => `${w.to('set')} = {x % 3 for x in ${w.old('list')}}`),
  say(
    1,
    (w) => `${w.to('rows')} = [[x, y] for x in ${w.old('list')}[:2] for y in ${w.old('list')}[:2]]`,
  ),
  say(1, (w) => `${w.to('list')} = [${w.to('int')} := x for x in ${w.old('list')}] or [1]`),

  // One object under several names.
  say(6, (w) => `${w.to('list')} = ${w.old('list')}`),
  say(2, (w) => `${w.to('dict')} = ${w.old('dict')}`),
  say(2, (w) => `${w.to('object')} = ${w.old('object')}`),
  say(3, (w) => {
    const name = w.old('list');
    return `${w.to('rows')} = [${name}, ${name}]`;
  }),
  say(3, (w) => `${w.to('bag')} = {'k': ${w.thing()}, 'l': ${w.thing()}}`),
  say(3, (w) => `${w.to('bag')} = [${w.thing()}, ${w.thing()}]`),
  say(2, (w) => `${w.to('bag')} = (${w.thing()}, ${w.int()})`),
  say(3, (w) => `${w.to('list')} = ${w.old('rows')}[0]`),
  say(2, (w) => `${w.to('bag')} = ${w.old('onList')}(${w.old('list')})`),
  say(
    2,
    (w) =>
      `import copy\n${w.to('rows')} = copy.${w.random.pick(['copy', 'deepcopy'])}(${w.old('rows')})`,
  ),
  say(2, (w) => `${w.to('list')}, ${w.to('list')} = ${w.old('list')}, ${w.old('list')}`),

  // Changes in place.
  change(6, (w) => `${w.old('list')}.append(${w.int()})`),
  change(3, (w) => `${w.old('list')}.extend(${w.old('list')}[:2])`),
  change(3, (w) => `${w.old('list')}[:1] = [${w.int()}]`),
  change(3, (w) => `${w.old('list')} += [${w.int()}]`),
  change(2, (w) => `${w.old('list')}.sort(reverse=True)`),
  change(2, (w) => {
    const name = w.old('list');
    return `${w.to('int')} = ${name}.pop() if ${name} else 0`;
  }),
  change(2, (w) => `del ${w.old('list')}[:1]`),
  change(1, (w) => `${w.old('list')}[0] = ${w.int()}`),
  change(1, (w) => `del ${w.old('list')}[0]`),
  change(1, (w) => `${w.old('list')}[-1] += ${w.digit()}`),
  change(1, (w) => `import random\nrandom.Random(${w.digit()}).shuffle(${w.old('list')})`),
  change(4, (w) => `${w.old('dict')}[${w.key()}] = ${w.int()}`),
  change(2, (w) => `${w.old('dict')}.update(z=${w.int()})`),
  change(2, (w) => `${w.old('dict')}.setdefault(${w.key()}, ${w.int()})`),
  change(2, (w) => `${w.old('dict')}.pop(${w.key()}, None)`),
  change(2, (w) => `${w.old('dict')} |= {${w.key()}: ${w.int()}}`),
  change(3, (w) => `${w.old('set')}.add(${w.int()})`),
  change(1, (w) => `${w.old('set')} -= {${w.int()}}`),
  change(3, (w) => `${w.old('rows')}[0].append(${w.int()})`),
  change(2, (w) => `${w.old('rows')}[-1] = ${w.list()}`),
  change(2, (w) => `${w.old('rows')}.append(${w.old('list')})`),
  change(2, (w) => `for row in ${w.old('rows')}:\n    row.append(${w.int()})`),
  change(2, (w) => {
    const name = w.old('bag');
    return `part = ${name}['k'] if isinstance(${name}, dict) else ${name}[0]\nif isinstance(part, list):\n    part.append(${w.digit()})`;
  }),
  change(2, (w) => `alias = ${w.old('list')}\nalias.append(${w.int()})`),

  change(2, (w) => `setattr(${w.old('object')}, 'v', ${w.int()})`),
  change(2, (w) => `globals()['${w.old('list')}'].append(${w.digit()})`),
  change(1, (w) => `list.append(${w.old('list')}, ${w.digit()})`),
  change(1, (w) => `import operator\noperator.iadd(${w.old('list')}, [${w.digit()}])`),
  change(2, (w) => `put = ${w.old('list')}.append\nput(${w.int()})`),
  change(
    2,
    (w) =>
      `import collections\n${w.to('dict')} = collections.defaultdict(int, ${w.old('dict')})\n${w.to('int')} = ${w.old('dict')}['z']`,
  ),
  change(1, (w) => `${w.to('int')} = ${w.old('dict')}['z']`),

  // Functions: late binding, effects on globals, on arguments, on what they keep.
  say(3, (w) => `def ${w.to('onInt')}(v):\n    return v + ${w.old('int')}`),
  say(2, (w) => `${w.to('onInt')} = lambda v: v * 2 + ${w.int()}`),
  say(2, (w) => `def ${w.to('onInt')}(v, by=${w.int()}):\n    return v + by`),
  say(2, (w) => {
    const name = w.to('onInt');
    return `def ${name}(v):\n    return 1 if v <= 1 else v + ${name}(v - 2) % 5`;
  }),
  change(3, (w) => {
    const name = w.old('int');
    return `def ${w.to('onInt')}(v):\n    global ${name}\n    ${name} += v\n    return ${name}`;
  }),
  change(2, (w) => `def ${w.to('onInt')}(v):\n    ${w.old('list')}.append(v)\n    return v`),
  change(
    2,
    (w) =>
      `def ${w.to('onInt')}(v, memo={}):\n    memo[v] = memo.get(v, 0) + 1\n    return memo[v]`,
  ),
  change(
    3,
    (w) =>
      `def make(start):\n    count = start\n    def inner(v):\n        nonlocal count\n        count += v\n        return count\n    return inner\n${w.to('onInt')} = make(${w.int()})`,
  ),
  say(3, (w) => `def ${w.to('onList')}(v):\n    return v`),
  say(2, (w) => `def ${w.to('onList')}(v):\n    return [${w.int()}] + v`),
  change(3, (w) => `def ${w.to('onList')}(v):\n    v.append(${w.digit()})\n    return v`),
  change(2, (w) => `def ${w.to('onList')}(v, log=[]):\n    log.append(len(v))\n    return log`),
  say(3, (w) => `def ${w.to('plain')}():\n    return ${w.thing()}`),
  say(2, (w) => `${w.to('plain')} = lambda: ${w.int()}`),
  change(2, (w) => {
    const name = w.old('list');
    return `def ${w.to('plain')}():\n    global ${name}\n    ${name} = ${name} + [${w.digit()}]\n    return ${name}`;
  }),
  change(
    2,
    (w) =>
      `def ${w.to('plain')}():\n    ${w.old('dict')}[${w.key()}] = ${w.int()}\n    return ${w.digit()}`,
  ),
  say(2, (w) => `${w.to('plain')} = ${w.old('list')}.copy`),
  say(1, (w) => `from math import floor as ${w.to('onInt')}`),
  say(
    1,
    (w) => `${w.to('onInt')} = [lambda v, by=by: v + by + ${w.old('int')} for by in range(3)][-1]`,
  ),
  say(1, (w) => `import functools\n${w.to('onInt')} = functools.partial(${w.old('onInt')})`),
  say(
    1,
    (w) =>
      `def ${w.to('plain')}():\n    return [call(1) for call in (${w.old('onInt')}, ${w.old('onInt')})]`,
  ),
  say(5, (w) => `${w.to('int')} = ${w.old('onInt')}(${w.int()})`),
  say(4, (w) => `print(${w.old('onInt')}(${w.digit()}))`),
  say(3, (w) => `${w.old('onList')}(${w.old('list')})`),
  say(3, (w) => `print(${w.old('onList')}(${w.old('list')}))`),
  say(3, (w) => `print(${w.old('plain')}())`),
  say(2, (w) => `${w.to('bag')} = [${w.old('plain')}()]`),
  say(1, (w) => `${w.to('onInt')} = ${w.old('onInt')}`),
  say(
    1,
    (w) =>
      `import functools\n${w.to('int')} = functools.reduce(lambda a, b: a + b, ${w.old('list')}, 0)`,
  ),
  say(2, (w) => `${w.to('list')} = list(map(${w.old('onInt')}, ${w.old('list')}[:3]))`),
  change(
    2,
    (w) =>
      `def ${w.to('decorator')}(inner):\n    calls = []\n    def outer(v):\n        calls.append(v)\n        return inner(v) + len(calls)\n    return outer`,
  ),
  say(2, (w) => `@${w.old('decorator')}\ndef ${w.to('onInt')}(v):\n    return v + ${w.digit()}`),

  // Classes and what they make.
  change(
    4,
    (w) =>
      `class ${w.to('class')}:\n    total = 0\n    def __init__(self, v=0):\n        self.v = v\n        self.items = []\n    def bump(self):\n        self.v += 1\n        return self\n    def add(self, x):\n        self.items.append(x)\n    def __repr__(self):\n        return f'{type(self).__name__}({self.v}, {self.items}, {self.total})'`,
  ),
  change(
    2,
    (w) =>
      `class ${w.to('class')}:\n    total = 0\n    def __init__(self, v=0):\n        self.v = v + ${w.old('int')}\n        self.items = ${w.old('list')}\n    def bump(self):\n        self.v += ${w.old('int')}\n        ${w.old('list')}.append(self.v)\n        return self\n    def add(self, x):\n        type(self).total += x\n    def __repr__(self):\n        return f'{self.v} {self.items} {self.total}'`,
  ),
  change(2, (w) => {
    const base = w.old('class');
    const name = base === 'B' ? 'A' : 'B';
    w.binding.push(name);
    return `class ${name}(${base}):\n    def bump(self):\n        super().bump()\n        self.v += 10\n        return self`;
  }),
  say(5, (w) => `${w.to('object')} = ${w.old('class')}(${w.int()})`),
  change(4, (w) => `${w.old('object')}.bump()`),
  change(3, (w) => `${w.old('object')}.add(${w.int()})`),
  change(3, (w) => `${w.old('object')}.v = ${w.int()}`),
  change(2, (w) => `${w.old('object')}.v += 1`),
  change(2, (w) => `${w.old('class')}.total += 1`),
  change(2, (w) => `${w.old('object')}.items = ${w.old('list')}`),
  say(2, (w) => `${w.to('list')} = ${w.old('object')}.items`),
  say(2, (w) => `${w.to('int')} = ${w.old('object')}.v`),
  change(2, (w) => `for each in [${w.old('object')}, ${w.old('object')}]:\n    each.bump()`),
  say(
    2,
    (w) =>
      `from dataclasses import dataclass, field\n@dataclass\nclass Point:\n    x: int\n    tags: list = field(default_factory=list)\n${w.to('record')} = Point(${w.int()})`,
  ),
  change(2, (w) => `${w.old('record')}.x += 1`),
  change(2, (w) => `${w.old('record')}.tags.append(${w.int()})`),

  // What is used up by being looked at.
  say(2, (w) => `${w.to('iterator')} = iter(${w.old('list')})`),
  say(1, (w) => `${w.to('iterator')} = map(lambda v: v + ${w.old('int')}, ${w.old('list')})`),
  say(1, (w) => `${w.to('iterator')} = reversed(${w.old('list')})`),
  say(2, (w) => `${w.to('iterator')} = (x * 2 for x in ${w.old('list')})`),
  // An edit may put any other digit in place of one: it must not make this endless.
  say(
    1,
    (w) =>
      `def count(v):\n    while v < 9:\n        v += len('+')\n        yield v\n${w.to('iterator')} = count(${w.digit()})`,
  ),
  change(4, (w) => `${w.to('int')} = next(${w.old('iterator')}, ${w.digit()})`),
  change(2, (w) => `${w.to('list')} = list(${w.old('iterator')})`),
  change(1, (w) => `for x in ${w.old('iterator')}:\n    break`),
  say(1, (w) => `import random\n${w.to('dice')} = random.Random(${w.digit()})`),
  change(2, (w) => `${w.to('int')} = ${w.old('dice')}.randrange(9)`),

  // Control flow, and names bound on one way only.
  say(2, (w) => `for ${w.to('int')} in ${w.old('list')}:\n    pass`),
  say(2, (w) => {
    const name = w.to('int');
    return `${name} = 0\nfor x in ${w.old('list')}:\n    ${name} += x`;
  }),
  say(3, (w) => `if ${w.int()} > ${w.random.between(1, 4)}:\n    ${w.maybe('int')} = ${w.int()}`),
  say(
    2,
    (w) =>
      `if ${w.int()} % 2:\n    ${w.maybe('list')} = ${w.list()}\nelse:\n    ${w.maybe('list')} = []`,
  ),
  change(2, (w) => `if ${w.int()} > 3:\n    ${w.old('list')}.append(${w.digit()})`),
  say(
    2,
    (w) =>
      `try:\n    ${w.maybe('int')} = 6 // ${w.int()}\nexcept ZeroDivisionError as error:\n    print(error)`,
  ),
  say(
    1,
    (w) => `try:\n    print(${w.random.pick(alphabet.int)})\nexcept NameError:\n    print('none')`,
  ),
  say(
    1,
    (w) =>
      `try:\n    ${w.maybe('int')} = ${w.old('list')}[3]\nfinally:\n    ${w.to('int')} = ${w.int()}`,
  ),
  say(1, (w) => `import asyncio\n${w.to('int')} = await asyncio.sleep(False, ${w.int()})`),
  say(1, (w) => `while True:\n    ${w.to('int')} = ${w.int()}\n    break`),
  say(2, (w) => {
    const name = w.to('int');
    return `match ${w.int()}:\n    case 0 | 1:\n        ${name} = 7\n    case other:\n        ${name} = other + 1`;
  }),
  say(
    1,
    (w) =>
      `match ${w.old('list')}:\n    case [first, *rest]:\n        print(first, len(rest))\n    case _:\n        print('empty')`,
  ),
  say(
    1,
    (w) =>
      `import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as out:\n    print(${w.int()})\n${w.to('text')} = out.getvalue().strip()`,
  ),
  say(
    1,
    (w) =>
      `from contextlib import contextmanager\n@contextmanager\ndef block(v):\n    yield v\nwith block(${w.old('list')}) as ${w.to('list')}:\n    pass`,
  ),

  // Names that come in other ways, and go.
  say(2, (w) => `import ${w.to('maths')}`),
  say(2, (w) => `${w.to('int')} = ${w.old('maths')}.floor(${w.int()} / 2)`),
  say(1, (w) => `from math import *\n${w.to('int')} = floor(sqrt(${w.int()}))`),
  say(1, (w) => `exec("${w.to('int')} = ${w.digit()}")`),
  say(1, (w) => `globals()['${w.to('int')}'] = ${w.digit()}`),
  say(1, (w) => `${w.to('int')} = eval(' ${w.old('int')} '.strip() + ' + 1')`),
  say(1, (w) => `${w.to('int')} = globals()[''.join(['${w.old('int')}'])]`),
  say(1, (w) => `import __main__\n${w.to('list')} = list(__main__.${w.old('list')})`),
  say(
    1,
    (w) => `import pickle\n${w.to('object')} = pickle.loads(pickle.dumps(${w.old('object')}))`,
  ),
  say(1.2, (w) => `del ${w.old(w.random.pick(['int', 'list', 'text']))}`),
  say(1, (w) => `print(${w.random.pick(['len', 'max', 'sum'])}(${w.old('list')} + [1]))`),

  // Changes and names by ways that are hard to follow.
  say(
    1,
    (w) =>
      `import functools\n@functools.lru_cache(None)\ndef ${w.to('onInt')}(v):\n    print('called', v)\n    return v + ${w.old('int')}`,
  ),
  change(1, (w) => `import heapq\nheapq.heappush(${w.old('list')}, ${w.int()})`),
  change(1, (w) => `import bisect\nbisect.insort(${w.old('list')}, ${w.int()})`),
  change(1, (w) => `import copy\n${w.to('object')} = copy.copy(${w.old('object')})`),
  change(1, (w) => `exec("${w.old('list')}.append(${w.digit()})")`),
  change(1, (w) => `eval("${w.old('list')}").append(${w.digit()})`),
  change(1, (w) => `vars()['${w.old('list')}'].append(${w.digit()})`),
  change(
    1,
    (w) =>
      `import itertools\n${w.to('iterator')} = itertools.islice(itertools.cycle(${w.old('list')} or [1]), 4)\n${w.to('int')} = next(${w.old('iterator')}, 3)`,
  ),
  change(
    1,
    (w) =>
      `import collections\n${w.to('dict')} = collections.Counter(${w.old('list')})\n${w.old('dict')}.update([1, 2])`,
  ),
  change(
    1,
    (w) =>
      `${w.old('class')}.extra = lambda self: ${w.old('int')}\n${w.to('int')} = ${w.old('object')}.extra()`,
  ),
  change(1, (w) => `${w.to('int')} = ${w.old('object')}.extra()`),
  change(1, (w) => `${w.old('onInt')}.seen = ${w.old('list')}`),
  change(1, (w) => `${w.old('onInt')}.seen.append(${w.int()})`),
  say(1, (w) => `${w.to('list')} = ${w.old('onInt')}.seen`),
  change(
    1,
    (w) =>
      `def walk(v):\n    ${w.old('list')}.append(v)\n    yield v\n${w.to('iterator')} = walk(${w.int()})`,
  ),
  say(1, (w) => `${w.to('rows')} = [${w.old('list')}] * 2`),
  say(1, (w) => `${w.to('list')} = max(${w.old('rows')}, key=len)`),
  say(1, (w) => `${w.to('list')} = ${w.old('list')} or ${w.old('list')}`),
  say(1, (w) => `${w.to('list')} = {'q': ${w.old('list')}}.get('q')`),
  change(
    1,
    (w) => `for ${w.to('list')} in ${w.old('rows')}:\n    ${w.old('list')}.append(${w.digit()})`,
  ),

  // Failures, some on some values only.
  say(0.5, () => '1 / 0'),
  say(0.8, (w) => `${w.to('int')} = 6 // ${w.old('int')}`),
  say(0.8, (w) => `${w.to('int')} = ${w.old('list')}[${w.random.between(0, 3)}]`),
  say(0.4, (w) => `print(missing_${w.digit()})`),
  say(0.8, (w) => `assert ${w.int()} < ${w.random.between(4, 9)}`),
];

export interface Written {
  code: string;
  /** Names that are bound once it has run, those from above included. */
  known: Set<string>;
}

/** One to four phrases, and mostly something to look at. */
export function writeCell(words: Words): Written {
  const w = new Writer(words);
  const lines: string[] = [];
  const count = w.random.weighted(lengths).lines;
  while (lines.length < count) {
    const phrase = writePhrase(w);
    if (phrase !== null) lines.push(phrase);
  }
  if (w.random.chance(0.85)) {
    const shown = writeShown(w);
    if (shown !== null) lines.push(shown);
  }
  return { code: lines.join('\n'), known: w.defined };
}

export function writeProse(words: Words): string {
  const shown = someName(new Writer(words));
  return shown === null || words.random.chance(0.15) ? 'Some *words*' : `Value: {${shown}}`;
}

const lengths: [{ weight: number; lines: number }, ...{ weight: number; lines: number }[]] = [
  { weight: 5, lines: 1 },
  { weight: 4, lines: 2 },
  { weight: 2, lines: 3 },
  { weight: 1, lines: 4 },
];

function writePhrase(w: Writer): string | null {
  const phrase = w.random.weighted(phrases);
  if (phrase.mutates === true && !w.mutation) return null;
  w.binding = [];
  try {
    const text = phrase.write(w);
    for (const name of w.binding) w.defined.add(name);
    const gone = /^del (\w+)$/.exec(text)?.[1];
    if (gone !== undefined) w.defined.delete(gone);
    return text;
  } catch (error) {
    if (error instanceof NoSuchName) return null;
    throw error;
  }
}

function writeShown(w: Writer): string | null {
  const first = someName(w);
  const second = someName(w);
  if (first === null || second === null) return null;
  switch (w.random.between(0, 5)) {
    case 0:
    case 1:
      return first;
    case 2:
      return `${first}, ${second}`;
    case 3:
      return `print(${first}, ${second})`;
    case 4:
      return `print(${first})\n${second}`;
    default:
      return `${first} is ${second}, ${first}`;
  }
}

/** A name whose value has one text in every process. */
function someName(w: Writer): string | null {
  const there = showable.filter((kind) => w.has(kind));
  const kind = w.random.pickAny(there);
  if (kind === undefined) return null;
  const names = alphabet[kind].filter((name) => w.defined.has(name));
  const name = w.random.pickAny(names) ?? null;
  return name !== null && kind === 'set' ? `sorted(${name})` : name;
}

const allNames: readonly string[] = kinds.flatMap((kind) => [...alphabet[kind]]);
const anyName = `(${allNames.join('|')})`;
const mentioned = new RegExp(`(?<![\\w.'])${anyName}(?![\\w'])`, 'g');
const assigned = new RegExp(
  `(?<![\\w.'])${anyName}(?: :?=(?!=)|(?=,[^=()\\n]* = ))|(?:def|class|for|as|import|, \\*?) ?${anyName}\\b`,
  'g',
);

/** The names that the code speaks of. */
export function namesIn(code: string): Set<string> {
  return new Set([...code.matchAll(mentioned)].flatMap(([, name]) => name ?? []));
}

/** Those of them that it binds, as far as a glance can tell. */
export function namesBound(code: string): Set<string> {
  return new Set([...code.matchAll(assigned)].flatMap(([, one, other]) => one ?? other ?? []));
}
