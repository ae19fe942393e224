import { afterEach, describe, expect, it } from 'vitest';
import { type Crowd, createCrowd } from '../support/crowd.js';
import { callsSince, eventually } from '../support/gateway-rig.js';
import { type Calls, type StreamName, streams, vendorServers, type WatchedServer, watchServer } from '../support/vendor-servers.js';

/*
 * What watching costs a back end, counted at the back end: by what is selected, never by how many watch, nor by how many tasks there are.
 */

let server: WatchedServer;
let crowd: Crowd | undefined;
afterEach(async () => {
  await crowd?.dispose();
  crowd = undefined;
  await server.dispose();
});

/** Calls in at least so many ticks, counted from now on. */
const callsOf = async (ticks: number, meanwhile: () => Promise<void> = async () => undefined) => {
  const before = { calls: server.simulator.calls(), ticks: await server.ticks() };
  await meanwhile();
  await eventually(server.ticks, (count) => count >= before.ticks + ticks);
  return { calls: callsSince(before.calls, server.simulator.calls()), ticks: (await server.ticks()) - before.ticks };
};

/** Each route as often as the ticks say, and no other. The first and the last tick may stand on either side of the count. */
const expectEachTick = (
  { calls, ticks }: { readonly calls: Calls; readonly ticks: number },
  tick: Calls,
  besides: readonly string[] = [],
) => {
  for (const [route, count] of Object.entries(tick))
    expect(Math.abs((calls[route] ?? 0) - ticks * count), `${route} in ${ticks} ticks`).toBeLessThanOrEqual(count);
  expect(Object.keys(calls).filter((route) => !(route in tick || besides.includes(route)))).toEqual([]);
};

const row = 'id kind state progress estimatedEndAt revision';
const ofList = {
  document: `subscription { tasksProgress(snapshot: false) { synced added { ${row} } changed { ${row} } left { ${row} } forgotten } }`,
};
const ofTask = (id: string) => ({ document: `subscription ($id: ID!) { taskProgress(id: $id) { task { ${row} } } }`, variables: { id } });
/** One in a hundred watches the list of all, the others a task each. */
const watchesList = (index: number): boolean => index % 100 === 0;

describe.each(vendorServers)('the tasks of $vendor', (vendorServer) => {
  it.each([
    [1, 1],
    [1, 500],
    [10_000, 1],
    [10_000, 500],
  ])('cost the same each tick for %d watchers of %d tasks', { timeout: 180_000 }, async (watchers, tasks) => {
    server = await watchServer(vendorServer, 250);
    const { rig, simulator } = server;
    await vendorServer.plant(simulator, tasks);
    const seen = await rig.ask<{ readonly tasks: { readonly nodes: readonly { readonly id: string }[] } }>(
      '{ tasks(first: 500) { nodes { id } } }',
    );
    const ids = seen.tasks.nodes.map(({ id }) => id);
    expect(ids).toHaveLength(tasks);

    const gathered = createCrowd(rig.url);
    crowd = gathered;
    const members = await gathered.join(watchers, (index) => (watchesList(index) ? ofList : ofTask(ids[index % ids.length] ?? '')));
    const counted = await callsOf(5, async () => {
      const lists = members.filter((_, index) => watchesList(index)).map((each) => ({ each, before: each.heard() }));
      await vendorServer.plant(simulator, 1);
      // They are all served: whoever watches the list hears of the task that is new.
      await eventually(
        () => lists.filter(({ each, before }) => each.heard() === before).length,
        (deaf) => deaf === 0,
      );
    });
    expectEachTick(counted, vendorServer.ticks.tasks ?? {}, ['POST /_ml/anomaly_detectors/{id}/_reset']);
  });
});

describe.each(vendorServers)('a tick of $vendor', (vendorServer) => {
  it.each(Object.entries(vendorServer.ticks))('for whoever watches %s asks only what that needs', async (name, tick) => {
    server = await watchServer(vendorServer, 50);
    await vendorServer.plant(server.simulator, 3);
    const watch = server.rig.subscribe(`subscription { ${streams[name as StreamName]} }`);
    await watch.next();
    expectEachTick(await callsOf(4), tick);
    watch.stop();
  });
});
