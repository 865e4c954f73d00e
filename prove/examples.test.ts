/** Real code: every notebook of `examples/` shows what a script shows, run whole and after every edit of a series. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fiddle, readCells, readExamples } from './examples.ts';
import { compareNotebook, play } from './play.ts';
import { openScript, type Script } from './script.ts';
import { findPython, World } from './world.ts';

const libraries = 'import numpy, pandas, altair\nimport matplotlib.pyplot\npandas.Series(["a"])';
const isolated = { isolated: true };

describe('the examples', () => {
  let world: World;

  beforeAll(async () => {
    const script = remembering(openScript(findPython()));
    world = await World.open({ script });
    // Each isolated script is a fork of the process that has the libraries now, and every notebook has this kernel.
    await script.run([{ kind: 'python', code: libraries, fails: false }], { isolated: false });
    await importInKernel(world);
  });
  afterAll(() => world.close());

  test.each(readExamples())('$name runs whole', async ({ cells }) => {
    const { found, compared, statuses } = await compareNotebook(world, cells);
    expect(found === null ? [] : [found.after, ...found.differences]).toEqual([]);
    expect(compared).toBe(1);
    expect(statuses).toEqual({ success: cells.length });
  });

  test.each(readExamples())('$name is edited', async ({ name, cells }) => {
    const edits = fiddle(cells, 10, name);
    const { found, compared, leftOut } = await play(
      world,
      { mode: 'auto', cells, edits },
      isolated,
    );
    expect(found === null ? [] : [found.after, ...found.differences]).toEqual([]);
    expect(compared + leftOut).toBe(edits.length + 1);
    expect(compared).toBeGreaterThan(leftOut);
  });
});

test('marks divide a text into cells', () => {
  const text =
    'above\n# %% [markdown]\n# # Title\n#\n# prose\n\n# %%\nx = 1\n# no mark: %%\n\n\n# %%\nx\n';
  expect(readCells(text)).toEqual([
    { id: 'c0', kind: 'markdown', code: '# Title\n\nprose' },
    { id: 'c1', kind: 'python', code: 'x = 1\n# no mark: %%' },
    { id: 'c2', kind: 'python', code: 'x' },
  ]);
});

/** Cells that were run once show the same again: they take nothing from outside. */
function remembering(script: Script): Script {
  const known = new Map<string, ReturnType<Script['run']>>();
  return {
    run(cells, options) {
      const key = JSON.stringify([cells, options]);
      const answer = known.get(key) ?? script.run(cells, options);
      known.set(key, answer);
      return answer;
    },
    close: () => script.close(),
  };
}

async function importInKernel(world: World): Promise<void> {
  const { session } = await world.createNotebook('auto');
  await session.edit((document) => void document.insertCell({ kind: 'python', code: libraries }));
  await session.run('all');
  expect(await session.whenAtRest(60_000)).toBe(true);
  await session.close('draining');
}
