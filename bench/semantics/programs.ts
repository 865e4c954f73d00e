/** The programs of docs/semantics.md: what is written, what is then done, and nothing of what should come of it. */

export type Step =
  /** Rewritten, and run by Shift+Enter. */
  | { edit: string; to: string }
  /** Shift+Enter, the text as it was. */
  | { run: string }
  | { remove: string }
  | { move: string; after: string | null };

export interface Program {
  name: string;
  /** Letter → Python, in document order. All are run once before the steps. */
  cells: Record<string, string>;
  steps: Step[];
}

/** Deterministic, and without a way from cell to cell other than names and values. */
export const values: Program[] = [
  {
    name: 'Redefinition',
    cells: { A: 'x = 1', B: 'print(x)', C: 'x = 2', D: 'print(x)' },
    steps: [{ edit: 'A', to: 'x = 10' }],
  },
  {
    name: 'Redefinition from itself, run twice',
    cells: { A: 'prices = [5, 8, 9]', B: 'prices = prices[1:]', C: 'print(prices)' },
    steps: [{ run: 'B' }, { run: 'C' }],
  },
  {
    name: '`x += 1`, run twice',
    cells: { A: 'x = 0', B: 'x += 1\nprint(x)' },
    steps: [{ run: 'B' }],
  },
  {
    name: '`list.append`, run twice',
    cells: { A: 'items = []', B: 'items.append(1)\nprint(items)' },
    steps: [{ run: 'B' }],
  },
  {
    name: 'Mutation of a list',
    cells: { A: 'items = [1, 2]', B: 'items.append(3)', C: 'print(items)' },
    steps: [{ edit: 'B', to: 'items.append(4)' }],
  },
  {
    name: 'Alias',
    cells: { A: 'a = [1]', B: 'b = a', C: 'b.append(2)', D: 'print(a)' },
    steps: [{ edit: 'C', to: 'b.append(3)' }],
  },
  {
    name: 'Mutation through a function',
    cells: {
      A: 'basket = []',
      B: 'def add(fruit):\n    basket.append(fruit)',
      C: "add('apple')",
      D: 'print(basket)',
    },
    steps: [{ edit: 'C', to: "add('pear')" }],
  },
  {
    name: 'Class attribute',
    cells: { A: 'class Tax:\n    rate = 1', B: 'Tax.rate = 2', C: 'print(Tax.rate)' },
    steps: [{ edit: 'B', to: 'Tax.rate = 3' }],
  },
  {
    name: 'Loop variable',
    cells: {
      A: 'for i in range(3):\n    pass',
      B: 'print(i)',
      C: 'for i in range(5):\n    pass',
      D: 'print(i)',
    },
    steps: [{ edit: 'A', to: 'for i in range(10):\n    pass' }],
  },
  {
    name: 'Function, late binding',
    cells: { A: 'rate = 2', B: 'def tax(v):\n    return v * rate', C: 'print(tax(10))' },
    steps: [{ edit: 'A', to: 'rate = 3' }],
  },
  {
    name: 'Function, late binding to a redefinition',
    cells: {
      A: 'rate = 2',
      B: 'def tax(v):\n    return v * rate',
      C: 'print(tax(10))',
      D: 'rate = 3',
      E: 'print(tax(10))',
    },
    steps: [{ edit: 'D', to: 'rate = 4' }, { run: 'C' }],
  },
  {
    name: 'Function that rebinds a global',
    cells: {
      A: 'count = 0',
      B: 'def bump():\n    global count\n    count += 1',
      C: 'bump()\nbump()',
      D: 'print(count)',
    },
    steps: [{ run: 'C' }, { run: 'D' }],
  },
  {
    name: 'Recursion',
    cells: {
      A: 'def total(n):\n    return 0 if n == 0 else n + total(n - 1)',
      B: 'print(total(4))',
    },
    steps: [{ edit: 'A', to: 'def total(n):\n    return 100 if n == 0 else n + total(n - 1)' }],
  },
  {
    name: 'Recursion over two cells',
    cells: {
      A: 'def even(n):\n    return True if n == 0 else odd(n - 1)',
      B: 'def odd(n):\n    return False if n == 0 else even(n - 1)',
      C: 'print(even(4))',
    },
    steps: [{ edit: 'B', to: "def odd(n):\n    return 'no' if n == 0 else 'odd'" }],
  },
  {
    name: 'Mutable default argument',
    cells: {
      A: 'def put(v, into=[]):\n    into.append(v)\n    return into',
      B: 'print(put(1))',
      C: 'print(put(2))',
    },
    steps: [{ run: 'C' }],
  },
  {
    name: 'Closure that counts',
    cells: {
      A: 'def counter():\n    n = 0\n    def tick():\n        nonlocal n\n        n += 1\n        return n\n    return tick\n\ntick = counter()',
      B: 'print(tick())',
      C: 'print(tick())',
    },
    steps: [{ run: 'B' }],
  },
  {
    name: 'Generator consumed by two cells',
    cells: {
      A: 'squares = (n * n for n in range(1, 9))',
      B: 'print(next(squares))',
      C: 'print(next(squares))',
    },
    steps: [{ run: 'C' }],
  },
  {
    name: 'Star import',
    cells: { A: 'from math import *', B: 'print(floor(e))' },
    steps: [{ edit: 'A', to: 'from math import *\ne = 7.5' }],
  },
  {
    name: '`exec`',
    cells: { A: "exec('x = 1')", B: 'print(x)' },
    steps: [{ edit: 'A', to: "exec('x = 2')" }],
  },
  {
    name: 'A name in the text of a query',
    cells: {
      A: 'limit = 2',
      B: "import pandas as pd\nprices = pd.DataFrame({'price': [1, 2, 3]})",
      C: "print(list(prices.query('price > @limit').price))",
    },
    steps: [{ edit: 'A', to: 'limit = 1' }],
  },
  {
    name: 'A name in a text that is formatted',
    cells: { A: 'x = 1', B: "print('{x}'.format(**globals()))" },
    steps: [{ edit: 'A', to: 'x = 2' }],
  },
  {
    name: 'Deletion of the cell that defined a name',
    cells: { A: 'x = 1', B: 'print(x)' },
    steps: [{ remove: 'A' }, { run: 'B' }],
  },
  {
    name: 'Deletion of a redefinition',
    cells: { A: 'x = 1', B: 'x = 2', C: 'print(x)' },
    steps: [{ remove: 'B' }, { run: 'C' }],
  },
  {
    name: 'Deletion of an alias',
    cells: { A: 'a = [1]', B: 'b = a', C: 'b.append(2)', D: 'print(a)' },
    steps: [{ remove: 'B' }, { run: 'C' }],
  },
  {
    name: 'Deletion of a mutation through an alias',
    cells: { A: 'a = [1]', B: 'b = a', C: 'b.append(2)', D: 'print(a)' },
    steps: [{ remove: 'C' }, { run: 'D' }],
  },
  {
    name: 'Move of a redefinition',
    cells: { A: 'x = 1', B: 'print(x)', C: 'x = 2' },
    steps: [{ move: 'C', after: 'A' }],
  },
  {
    name: 'Move of a cell that mutates',
    cells: { A: 'items = [1]', B: 'items.append(2)', C: 'print(items)' },
    steps: [{ move: 'B', after: 'C' }, { run: 'C' }],
  },
  {
    name: 'Cycle',
    cells: { A: 'x = 1', B: 'y = x + 1', C: 'print(y)' },
    steps: [{ edit: 'A', to: 'x = y + 1' }],
  },
  {
    name: 'Error and heal',
    cells: { A: 'x = 0', B: 'y = 6 / x', C: 'print(y)' },
    steps: [{ edit: 'A', to: 'x = 3' }],
  },
  {
    name: 'Conditional definition',
    cells: {
      A: 'size = 1',
      B: 'large = True',
      C: 'if large:\n    size = 10',
      D: 'print(size)',
    },
    steps: [{ edit: 'B', to: 'large = False' }, { run: 'C' }, { run: 'D' }],
  },
  {
    name: 'Hidden state after a name was changed',
    cells: { A: 'total = 10', B: 'print(total)' },
    steps: [{ edit: 'A', to: 'amount = 10' }, { run: 'B' }],
  },
  {
    name: 'Definition below its use',
    cells: { A: 'print(x)', B: 'x = 1' },
    steps: [{ run: 'A' }],
  },
];

/** What is asked of these is which cells run again; the cells that print the time tell. */
export const reruns: Program[] = [
  {
    name: 'A comment is added',
    cells: { A: 'x = 1', B: 'from time import time_ns\nprint(x, time_ns())' },
    steps: [{ edit: 'A', to: '# the first\nx = 1' }],
  },
  {
    name: 'An import is added',
    cells: { A: 'import time', B: 'print(time.time_ns())' },
    steps: [{ edit: 'A', to: 'import json\nimport time' }],
  },
  {
    name: 'A value stays the same',
    cells: {
      A: 'names = ["Ann", "Bob"]',
      B: 'count = len(names)',
      C: 'from time import time_ns\nprint(count, time_ns())',
    },
    steps: [{ edit: 'A', to: 'names = ["Ann", "Eve"]' }],
  },
  {
    name: 'A function is documented, its code stays the same',
    cells: {
      A: 'def half(v):\n    return v / 2',
      B: 'from time import time_ns\nprint(half(4), time_ns())',
    },
    steps: [{ edit: 'A', to: 'def half(v):\n    # exactly\n    return v / 2\n\nloud = True' }],
  },
  {
    name: 'A value changes',
    cells: { A: 'x = 1', B: 'from time import time_ns\nprint(x, time_ns())' },
    steps: [{ edit: 'A', to: 'x = 2' }],
  },
];

/** Values that go from cell to cell by a way that is no name. */
export const limits: Program[] = [
  {
    name: 'A name that is put together, read through `globals()`',
    cells: { A: 'x1 = 1', B: 'number = 1', C: "print(globals()['x' + str(number)])" },
    steps: [{ edit: 'A', to: 'x1 = 2' }],
  },
  {
    name: 'A name that is put together, and not missed where it is not found',
    cells: { A: 'x1 = 1', B: 'number = 1', C: "print(globals().get('x' + str(number)))" },
    steps: [{ edit: 'A', to: 'x1 = 2' }],
  },
  {
    name: 'A class that `pickle` looks up by its name',
    cells: {
      A: 'class Point:\n    unit = "m"',
      B: 'import pickle\nstored = pickle.dumps(Point())',
      C: 'print(pickle.loads(stored).unit)',
    },
    steps: [{ edit: 'A', to: 'class Point:\n    unit = "km"' }],
  },
  {
    name: "The state of `random`'s global generator",
    cells: {
      A: 'import random\nrandom.seed(1)',
      B: 'print(random.randrange(1000))',
      C: 'print(random.randrange(1000))',
    },
    steps: [{ run: 'B' }],
  },
  {
    name: 'A module that is patched',
    cells: { A: 'import math\nmath.answer = 1', B: 'print(math.answer)' },
    steps: [{ edit: 'A', to: 'import math\nmath.answer = 2' }],
  },
  {
    name: 'A module that is patched, imported twice',
    cells: {
      A: 'import math\nmath.answer = 1',
      B: 'import math as m\nprint(m.answer)',
    },
    steps: [{ edit: 'A', to: 'import math\nmath.answer = 2' }],
  },
  {
    name: 'A file',
    cells: {
      A: "with open('n.txt', 'w') as f:\n    f.write('1')",
      B: "with open('n.txt') as g:\n    print(g.read())",
    },
    steps: [{ edit: 'A', to: "with open('n.txt', 'w') as f:\n    f.write('2')" }],
  },
  {
    name: 'An environment variable',
    cells: {
      A: "import os\nos.environ['STAGE'] = 'test'",
      B: "print(os.environ['STAGE'])",
    },
    steps: [{ edit: 'A', to: "import os\nos.environ['STAGE'] = 'live'" }],
  },
  {
    name: 'A thread that goes on after its cell',
    cells: {
      A: 'import threading\ngo = threading.Event()\nseen = []\nworker = threading.Thread(target=lambda: (go.wait(), seen.append(1)))\nworker.start()',
      B: 'go.set()\nworker.join()\nprint(seen)',
      C: 'print(seen)',
    },
    steps: [{ run: 'B' }],
  },
];

/** The cells as they are after all steps, in document order. */
export function finalCells({ cells, steps }: Program): { letter: string; code: string }[] {
  let written = Object.entries(cells).map(([letter, code]) => ({ letter, code }));
  for (const step of steps) {
    if ('edit' in step) {
      written = written.map((cell) =>
        cell.letter === step.edit ? { ...cell, code: step.to } : cell,
      );
    } else if ('remove' in step) {
      written = written.filter(({ letter }) => letter !== step.remove);
    } else if ('move' in step) {
      const moved = written.filter(({ letter }) => letter === step.move);
      written = written.filter(({ letter }) => letter !== step.move);
      const place = written.findIndex(({ letter }) => letter === step.after) + 1;
      written.splice(place, 0, ...moved);
    }
  }
  return written;
}

export function describeStep(step: Step): string {
  if ('edit' in step)
    return `${step.edit} becomes \`${step.to.replaceAll('\n', ' ⏎ ')}\` and is run`;
  if ('run' in step) return `${step.run} is run`;
  if ('remove' in step) return `${step.remove} is deleted`;
  return step.after === null
    ? `${step.move} is moved to the front`
    : `${step.move} is moved below ${step.after}`;
}
