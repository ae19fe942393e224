import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkModel } from '../support/model/check-model.js';
import { cursorsOneShort, cursorsOneTooFar, endsLostInConflation, type Plant, twoLeaders } from '../support/model/plants.js';
import { createVirtualTime, type VirtualTime } from '../support/model/virtual-time.js';

let time: VirtualTime;
beforeEach(() => {
  time = createVirtualTime();
});
afterEach(() => time.stop());

/** Far more than it takes. */
const runs = 500;

/** Whoever is told from too late on lacks rows or ends, or is told how a row has changed that it never had. */
const missed = /was never told how|ends with|has \[.*\], and|was not there/;

const planted: readonly {
  readonly bug: string;
  readonly world: 'alone' | 'several';
  readonly plant: () => Plant;
  readonly says: RegExp;
}[] = [
  { bug: 'ends that are lost in conflation', world: 'alone', plant: () => endsLostInConflation, says: /was never told how/ },
  { bug: 'ends that are lost in conflation', world: 'several', plant: () => endsLostInConflation, says: /was never told how/ },
  { bug: 'cursors one step too far', world: 'alone', plant: cursorsOneTooFar, says: missed },
  { bug: 'cursors one step too far', world: 'several', plant: cursorsOneTooFar, says: missed },
  { bug: 'cursors one step short', world: 'alone', plant: () => cursorsOneShort, says: /was told again/ },
  { bug: 'cursors one step short', world: 'several', plant: () => cursorsOneShort, says: /was told again/ },
  { bug: 'two leaders of one backend', world: 'several', plant: () => twoLeaders, says: /does not hold its lease/ },
];

describe('the model finds a bug that is put in on purpose', { timeout: 120_000 }, () => {
  it.each(planted)('$bug ($world)', async ({ bug, world, plant, says }) => {
    const outcome = await checkModel(time, { world, runs, seed: 7, brief: true, plant });
    process.stdout.write(`model, ${bug}, ${world}: found in run ${outcome.runs}\n`);
    expect(outcome.failure).toMatch(says);
  });
});
