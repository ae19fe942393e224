import { describe, expect, it } from 'vitest';
import { createBackend } from '../../../src/progress/index.js';
import { guardBackend, leadLost } from '../../../src/progress/instances/guarded-backend.js';
import { noFields } from '../../support/progress-rig.js';
import { createScriptedVendor, scriptedConnection } from '../../support/scripted-vendor.js';

const rigOf = () => {
  const vendor = createScriptedVendor();
  const backend = createBackend({ connection: scriptedConnection('one'), module: vendor.module, changed: () => undefined });
  const lead: { term: number | undefined } = { term: 1 };
  const guarded = guardBackend(backend, () => lead.term);
  return { vendor, lead, guarded, call: backend.call({ signal: new AbortController().signal, requestId: 'poll' }) };
};

describe('a reading for who leads', () => {
  it('is given when the lead stayed where it was', async () => {
    const { vendor, guarded, call } = rigOf();
    vendor.setJob('a', 'OPENED');
    expect((await guarded.adapter.listJobs(noFields, call)).items).toHaveLength(1);
    expect((await guarded.adapter.readTasks([], noFields, call)).missing).toEqual([]);
  });

  it('is thrown away when somebody else may have led meanwhile, whatever it came to', async () => {
    const { vendor, lead, guarded, call } = rigOf();
    vendor.beforeRead = async () => {
      lead.term = 2;
    };
    await expect(guarded.adapter.listJobs(noFields, call)).rejects.toBe(leadLost);
    vendor.beforeRead = async () => {
      lead.term = undefined;
      throw new Error('the vendor has gone meanwhile');
    };
    await expect(guarded.adapter.discoverTasks(noFields, call)).rejects.toBe(leadLost);
  });

  it('is not begun without the lead', async () => {
    const { vendor, lead, guarded, call } = rigOf();
    lead.term = undefined;
    await expect(guarded.adapter.readJobs(['a'], noFields, call)).rejects.toBe(leadLost);
    expect(vendor.calls.size).toBe(0);
  });
});
