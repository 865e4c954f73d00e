import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generate } from './generate.ts';
import { compareNotebook, play } from './play.ts';
import { describeScenario, type Scenario } from './scenario.ts';
import { openScript, type Script, type ScriptResult } from './script.ts';
import { shrink } from './shrink.ts';
import { findPython, World } from './world.ts';

const python = (...codes: string[]) => codes.map((code) => ({ kind: 'python' as const, code }));

describe('a script that is wrong', () => {
  let real: Script;
  let world: World;
  /** What the script says of each cell is changed by this. */
  let spoil: (result: ScriptResult, code: string) => ScriptResult;

  beforeAll(async () => {
    real = openScript(findPython());
    const script: Script = {
      run: async (cells, options) => {
        const results = await real.run(cells, options);
        return (
          results?.map((result, at) =>
            result === null ? null : spoil(result, cells[at]?.code ?? ''),
          ) ?? null
        );
      },
      close: () => real.close(),
    };
    world = await World.open({ script });
  });
  afterAll(() => world.close());

  test.each<[string, (result: ScriptResult) => ScriptResult, string]>([
    [
      'prints more',
      (result) => ({ ...result, stdout: `${result.stdout}!` }),
      'shows something else',
    ],
    ['shows another value', (result) => ({ ...result, shown: '4' }), 'shows something else'],
    [
      'fails',
      (result) => ({ ...result, error: { name: 'E', message: '', syntax: false } }),
      'the script fails here',
    ],
  ])('that %s is noticed', async (_, change, kind) => {
    spoil = change;
    const { found } = await compareNotebook(world, python('x = 3\nx'));
    expect(found?.differences).toMatchObject([{ kind, cell: 'c0' }]);
  });

  test.each<[string, ScriptResult['error'], string]>([
    ['runs on', null, 'the script does not fail here'],
    [
      'fails otherwise',
      { name: 'KeyError', message: '', syntax: false },
      'the script fails otherwise',
    ],
  ])('that %s where a cell fails is noticed', async (_, error, kind) => {
    spoil = (result) => ({ ...result, error });
    const { found } = await compareNotebook(world, python('1 / 0'));
    expect(found?.differences).toMatchObject([{ kind, cell: 'c0' }]);
  });

  test('is found in a long notebook, which is made short', async () => {
    spoil = (result, code) => (code.includes('wanted') ? { ...result, shown: 'wrong' } : result);
    const scenario: Scenario = {
      mode: 'auto',
      cells: [
        { id: 'a', kind: 'python', code: 'n = 1\nm = 2' },
        { id: 'b', kind: 'python', code: 'if n:\n    k = 3\n    k += 1\nk' },
        { id: 'c', kind: 'markdown', code: 'Value: {n}' },
      ],
      edits: [
        { type: 'write', cell: 'a', code: 'n = 5' },
        { type: 'insert', id: 'd', kind: 'python', code: 'm = 4\nwanted = 7\nwanted', after: 'c' },
        { type: 'run', cells: 'all' },
      ],
    };
    expect((await play(world, scenario)).found?.after).toBe(2);
    const shrunk = await shrink(world, scenario);
    expect(shrunk?.scenario).toEqual({
      mode: 'auto',
      cells: [{ id: 'd', kind: 'python', code: 'wanted = 7' }],
      edits: [],
    });
  });
});

describe('a script that is right', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.open();
  });
  afterAll(() => world.close());

  test('a notebook whose kernel is restarted, killed, and that is opened again', async () => {
    const { found, compared, statuses } = await play(world, {
      mode: 'auto',
      cells: [
        { id: 'a', kind: 'python', code: 'x = 1' },
        { id: 'b', kind: 'python', code: 'y = x + 1\nprint(y)\ny' },
        { id: 'c', kind: 'markdown', code: 'Value: {y}' },
        { id: 'd', kind: 'python', code: '1 / (x - 1)' },
        { id: 'e', kind: 'python', code: 'def (' },
      ],
      edits: [
        { type: 'restart' },
        { type: 'write', cell: 'b', code: 'y = x + 2\nprint(y)\ny' },
        { type: 'kill' },
        { type: 'write', cell: 'a', code: 'x = 3' },
        { type: 'reopen' },
        { type: 'mode', mode: 'lazy' },
        { type: 'delete', cell: 'a' },
        { type: 'undo', cell: 'a' },
        { type: 'interrupt' },
        { type: 'disable', cell: 'a', disabled: true },
        { type: 'disable', cell: 'a', disabled: false },
        { type: 'move', cell: 'b', after: 'c' },
      ],
    });
    expect(found).toBeNull();
    expect(compared).toBe(12);
    expect(statuses).toMatchObject({ success: expect.any(Number), error: expect.any(Number) });
  });

  test.each<[string, string, string | null]>([
    ['where the script ends too is no difference', 'import os\nos.abort()', null],
    [
      'where the script goes on is one',
      "import os, sys\nif 'rnb_kernel.runner' in sys.modules: os.abort()",
      'the kernel died',
    ],
  ])('a kernel that dies %s', async (_, code, kind) => {
    const { found, compared } = await compareNotebook(world, python(code, 'x = 3\nx'));
    expect(compared).toBe(1);
    expect(found?.differences.map((one) => [one.kind, one.cell]) ?? []).toEqual(
      kind === null ? [] : [[kind, 'c0']],
    );
  });

  test('a notebook that differs from a script in nothing but its order is left out', async () => {
    const { found, compared, leftOut } = await compareNotebook(world, python('y = x', 'x = 1'));
    expect([found, compared, leftOut]).toEqual([null, 0, 1]);
  });

  test('a seed gives the same scenario always', () => {
    const once = generate('7', { mutation: true });
    expect(describeScenario(generate('7', { mutation: true }))).toBe(describeScenario(once));
    expect(describeScenario(generate('8', { mutation: true }))).not.toBe(describeScenario(once));
  });
});
