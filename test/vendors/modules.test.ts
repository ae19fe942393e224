import { afterEach, describe, expect, it } from 'vitest';
import { type Auth, actions, Secret, type VendorAdapter, type VendorModule } from '../../src/domain/index.js';
import { vendorModules } from '../../src/vendors/registry.js';
import { connectTo } from './support/connect.js';

/** What the gateway and the schema believe of a product stands on its module; what is done, in its adapter. Nothing here is connected to. */
const open: VendorAdapter[] = [];
afterEach(async () => {
  for (const adapter of open.splice(0)) await adapter.dispose();
});

const authOf = ({ authKinds }: VendorModule): Auth =>
  authKinds?.includes('hmac') ? { kind: 'hmac', customerId: 'c1', secretKey: new Secret('bm9ib2R5cyBzZWNyZXQ=') } : { kind: 'none' };

const adapterOf = (module: VendorModule): VendorAdapter => {
  const adapter = connectTo(module, { url: new URL('http://127.0.0.1:1'), auth: authOf(module) });
  open.push(adapter);
  return adapter;
};

describe.each(vendorModules)('the module of $title', (module) => {
  const capabilities = module.capabilitiesOf(null);

  it('says what its adapters have', () => {
    const { results, startJob, detectors } = adapterOf(module);
    expect({
      handsResultsOver: module.handsResultsOver === true,
      starts: capabilities.includes('START_JOB'),
      hasMutations: (module.graphqlResolvers ?? []).length > 0,
      hasDetectors: capabilities.includes('START_DETECTOR'),
    }).toEqual({
      handsResultsOver: results !== undefined,
      starts: startJob !== undefined,
      hasMutations: startJob !== undefined,
      hasDetectors: detectors !== undefined,
    });
  });

  it('leaves to the gateway what only the gateway may say', () => {
    expect(capabilities).not.toContain('COLLECT_JOB_RESULT');
    expect(adapterOf(module).qualifiesIds).toBeUndefined();
  });

  it('names a kind for every task its verbs begin', () => {
    const { taskKindOf } = adapterOf(module);
    const kinds = new Set(
      actions.flatMap((action) => [taskKindOf(action), taskKindOf(action, 'REALTIME'), taskKindOf(action, 'HISTORICAL')]),
    );
    kinds.delete('UNKNOWN');
    expect(Object.keys(module.taskKinds)).toEqual(expect.arrayContaining([...kinds]));
    expect(kinds.size).toBeGreaterThan(0);
  });
});
