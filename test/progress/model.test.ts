import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkModel } from '../support/model/check-model.js';
import { createVirtualTime, type VirtualTime } from '../support/model/virtual-time.js';

let time: VirtualTime;
beforeEach(() => {
  time = createVirtualTime();
});
afterEach(() => time.stop());

/** To see a failure again: `MODEL_SEED=… npx vitest run --project progress test/progress/model.test.ts -t '…'`. */
const seed = process.env.MODEL_SEED === undefined ? Date.now() % 2 ** 31 : Number(process.env.MODEL_SEED);
const runs = Number(process.env.MODEL_RUNS ?? 1_500);
const brief = process.env.MODEL_QUICK !== undefined;

const check = async (world: 'alone' | 'several', share: number): Promise<void> => {
  const outcome = await checkModel(time, { world, runs: Math.ceil(runs * share), seed, brief });
  process.stdout.write(`model, ${world}: ${outcome.runs} runs, seed ${seed}\n`);
  expect(outcome.failure).toBeUndefined();
};

describe('whatever happens in whatever order', { timeout: 600_000 }, () => {
  it('at one instance nobody misses anything, hears anything twice, or is left with what is not so', () => check('alone', 2 / 3));
  it('neither at several, of which one or another dies, sleeps or is cut off, and one of them asks a backend', () =>
    check('several', 1 / 3));
});
