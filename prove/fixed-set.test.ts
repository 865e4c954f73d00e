import { afterAll, beforeAll, expect, test } from 'vitest';
import { generate } from './generate.ts';
import { play } from './play.ts';
import { describeScenario } from './scenario.ts';
import { World } from './world.ts';

const notebooks = 150;

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

test(`${notebooks} random notebooks show what a script shows`, async () => {
  const tally = { compared: 0, leftOut: 0, success: 0, cells: 0 };
  for (let notebook = 0; notebook < notebooks; notebook += 1) {
    const scenario = generate(`fixed:${notebook}`, { mutation: true });
    const { compared, leftOut, statuses, found } = await play(world, scenario, { isolated: false });
    expect(found?.differences, describeScenario(scenario)).toBeUndefined();
    tally.compared += compared;
    tally.leftOut += leftOut;
    tally.success += statuses.success ?? 0;
    tally.cells += Object.values(statuses).reduce((sum, count) => sum + count, 0);
  }
  // A proof of notebooks that mostly fail, or that are mostly left out, would prove little.
  expect(tally.success / tally.cells).toBeGreaterThan(0.65);
  expect(tally.leftOut / (tally.compared + tally.leftOut)).toBeLessThan(0.15);
});
