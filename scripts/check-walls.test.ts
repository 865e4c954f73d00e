import { expect, test } from 'vitest';
import { faultsOf } from './check-walls.ts';

const shared = new Set(['vitest']);

test.each([
  ['packages/engine', '@rnb/engine', "import { z } from 'zod';", 'the engine imports nothing'],
  ['packages/engine', '@rnb/engine', "import fs from 'node:fs';", 'the engine imports nothing'],
  ['packages/engine', '@rnb/engine', "export * from './reduce.ts';", null],
  ['packages/web', '@rnb/web', "import { reduce } from '@rnb/engine';", 'may not know @rnb/engine'],
  ['packages/web', '@rnb/web', "import type { State } from '@rnb/engine';", null],
  ['packages/web', '@rnb/web', "import type {\n  State,\n} from '@rnb/server';", 'may not know'],
  ['packages/server', '@rnb/server', "import x from '../../engine/src/x.ts';", 'leaves packages/'],
  ['packages/server', '@rnb/server', "await import('left-pad');", 'is not declared'],
  ['packages/server', '@rnb/server', "import 'left-pad/register';", 'is not declared'],
  ['packages/server', '@rnb/server', `evaluate("import('\${evil}/module')");`, null],
  ['packages/server', '@rnb/server', "import { z } from 'zod';", null],
  ['kernels', 'kernels', "import { reduce } from '@rnb/engine';", 'may not know @rnb/engine'],
  ['kernels', 'kernels', "import type { KernelEvent } from '@rnb/protocol';", null],
])('in %s (%s): %j', (folder, name, text, fault) => {
  const declared = new Set(['zod', '@rnb/engine', '@rnb/protocol', '@rnb/server']);
  const faults = faultsOf({ path: `${folder}/src/a.ts`, text }, { folder, name, declared }, shared);
  expect(faults).toEqual(fault === null ? [] : [expect.stringContaining(fault)]);
});

test('a test file may use the tools of the whole repository', () => {
  const engine = { folder: 'packages/engine', name: '@rnb/engine', declared: new Set<string>() };
  const text = "import { test } from 'vitest';\nimport { zod } from 'zod';";
  expect(faultsOf({ path: 'packages/engine/src/a.test.ts', text }, engine, shared)).toEqual([
    "packages/engine/src/a.test.ts: 'zod': the engine imports nothing",
  ]);
});
