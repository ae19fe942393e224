import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDetector, indexMetrics } from '../support/ad-world.js';
import { callsSince, createGatewayRig, eventually, type GatewayRig } from '../support/gateway-rig.js';

/* What a page costs the cluster, counted at the cluster: by the shape of the question, never by the number of detectors, tasks or watchers. */

const minuteMs = 60_000;
/** Ten hours of history, and enough ahead for the clock of the cluster. */
const minutes = 1_200;
const from = Date.now() - 600 * minuteMs;
const range = { start: new Date(from).toISOString(), end: new Date(from + 600 * minuteMs).toISOString() };
/** A page of a hundred is asked for; all of them are started and watched. */
const pageSize = 100;
const detectorCount = 200;
/** Asked now and then, whatever is watched: whether the backend is what it was. */
const probes = new Set(['GET /', 'GET /_plugins/_anomaly_detection/detectors/count']);

const searchDetectors = 'POST /_plugins/_anomaly_detection/detectors/_search';
const searchTasks = 'POST /_plugins/_anomaly_detection/detectors/tasks/_search';

let rig: GatewayRig;
let detectors: readonly string[];

beforeAll(async () => {
  rig = await createGatewayRig({ backends: [{ id: 'os', vendor: 'opensearch-ad', empty: true, speed: 10 }] });
  const cluster = { url: rig.sim('os').url };
  await indexMetrics(cluster, { index: 'metrics', from, minutes, hosts: ['host-0', 'host-1'] });
  const made: string[] = [];
  for (let index = 0; index < detectorCount; index += 1)
    made.push(
      `detector:os:${await createDetector(cluster, { name: `d-${index}`, index: 'metrics', ...(index % 10 === 0 ? { categoryField: 'host' } : {}) })}`,
    );
  detectors = made;
}, 120_000);
afterAll(() => rig.dispose());

const row = 'id state progress stateCounts { state count }';

describe('a page of a hundred detectors', () => {
  it('costs two searches, with their jobs and the latest tasks of both runs', async () => {
    const cost = await rig.sim('os').costOf(async () => {
      const { detectors: page } = await rig.ask<{ readonly detectors: { readonly nodes: readonly object[] } }>(
        `{ detectors(first: 100) { nodes { id name job { id state allowedActions } realtimeTask { ${row} } historicalTask { ${row} }
           allowedActions(run: HISTORICAL) backend { key } } unavailable { part } } }`,
      );
      expect(page.nodes).toHaveLength(pageSize);
    });
    expect(cost).toEqual({ [searchDetectors]: 1, [searchTasks]: 1 });
  });

  it('costs one search when nothing but configuration is asked for', async () => {
    const cost = await rig.sim('os').costOf(() => rig.ask('{ detectors(first: 100) { nodes { id name indices categoryFields } } }'));
    expect(cost).toEqual({ [searchDetectors]: 1 });
  });

  it('costs as much as jobs', async () => {
    const cost = await rig.sim('os').costOf(() => rig.ask('{ jobs(first: 100) { nodes { id state type detector { id name } } } }'));
    expect(cost).toEqual({ [searchDetectors]: 1, [searchTasks]: 1 });
  });
});

describe('watching', () => {
  it('two hundred tasks costs one search a tick, whoever watches', async () => {
    const { startDetectors } = await rig.ask<{
      readonly startDetectors: { readonly results: readonly { readonly errors: readonly object[] }[] };
    }>(`mutation S($input: StartDetectorsInput!) { startDetectors(input: $input) { results { task { id } errors { code message } } } }`, {
      input: { detectorIds: detectors, run: 'REALTIME' },
    });
    expect(startDetectors.results.flatMap(({ errors }) => errors)).toEqual([]);
    const document = `subscription { tasksProgress { added { ${row} } changed { ${row} } left { id state } } }`;
    const watches = Array.from({ length: 20 }, () => rig.subscribe<object>(document));
    await Promise.all(watches.map((each) => each.next()));
    const { tasks } = await rig.ask<{ readonly tasks: { readonly totalCount: number } }>(
      '{ tasks(filter: { kinds: [REALTIME] }, first: 0) { totalCount } }',
    );
    expect(tasks.totalCount).toBe(detectorCount);
    const before = rig.sim('os').calls();
    await eventually(
      () => callsSince(before, rig.sim('os').calls()),
      (calls) => (calls[searchTasks] ?? 0) >= 3,
    );
    expect(Object.keys(callsSince(before, rig.sim('os').calls())).filter((route) => !probes.has(route))).toEqual([searchTasks]);
    for (const each of watches) each.stop();
  });

  it('asks for nothing once nobody watches', async () => {
    let before = rig.sim('os').total();
    await eventually(
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 700));
        const still = rig.sim('os').total() === before;
        before = rig.sim('os').total();
        return still;
      },
      (quiet) => quiet,
    );
  });

  it('is no dearer for runs over the past', async () => {
    const ids = detectors.slice(0, 5);
    await rig.ask(
      `mutation S($input: StartDetectorsInput!) { startDetectors(input: $input) { results { task { id } errors { code message } } } }`,
      { input: { detectorIds: ids, run: 'HISTORICAL', dateRange: range } },
    );
    const watching = rig.subscribe<object>(
      `subscription { tasksProgress(filter: { kinds: [HISTORICAL] }) { added { ${row} } changed { ${row} } } }`,
    );
    await watching.next();
    const before = rig.sim('os').calls();
    await eventually(
      () => callsSince(before, rig.sim('os').calls()),
      (calls) => (calls[searchTasks] ?? 0) >= 3,
    );
    const calls = callsSince(before, rig.sim('os').calls());
    expect(Object.keys(calls).filter((route) => !probes.has(route))).toEqual([searchTasks]);
    watching.stop();
  });
});
