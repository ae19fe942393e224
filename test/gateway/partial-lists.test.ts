import { afterEach, describe, expect, it } from 'vitest';
import { createGatewayRig, eventually, type GatewayRig } from '../support/gateway-rig.js';

const route = 'POST /_plugins/_anomaly_detection/detectors/_search';
let rig: GatewayRig;
afterEach(() => rig.dispose());

interface Step {
  readonly synced: boolean;
  readonly added: readonly { readonly id: string }[];
  readonly forgotten: readonly string[];
}

describe('a list of which a part of the index gave no answer', () => {
  it.each(['detectorsChanged', 'jobsChanged'])('forgets nothing of what it does not show: %s', async (field) => {
    rig = await createGatewayRig({ backends: [{ id: 'ad', vendor: 'opensearch-ad', config: { poll: { fastMs: 50, slowMs: 100 } } }] });
    const watch = rig.subscribe<Readonly<Record<string, Step>>>(`subscription { ${field} { synced added { id } forgotten } }`);
    await watch.until((event) => event[field]?.synced === true);
    const _shards = { total: 2, successful: 1, skipped: 0, failed: 1 };
    const hits = { total: { value: 0, relation: 'eq' }, hits: [] };
    rig.sim('ad').setFaults([{ route, body: { took: 1, timed_out: false, _shards, hits } }]);
    const asked = rig.sim('ad').calls()[route] ?? 0;
    await eventually(
      () => rig.sim('ad').calls()[route] ?? 0,
      (calls) => calls >= asked + 3,
    );
    expect(watch.seen.flatMap((event) => event[field]?.forgotten ?? [])).toEqual([]);
  });
});
