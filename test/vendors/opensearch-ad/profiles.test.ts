import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AdapterContext } from '../../../src/vendors/opensearch-ad/context.js';
import { readEntityProfile, readProfile } from '../../../src/vendors/opensearch-ad/detector-profile.js';
import { errorOf } from '../support/connect.js';
import { type Answer, type StandIn, startStandIn } from '../support/stand-in.js';
import { base, callOf, connectReads, fields, recordedAnswer } from './reading-support.js';

const all = fields('DetectorProfile.raw');
const hc = 'Mx48AaIBJWprpFwBDIsL';

describe('the profile of a detector', () => {
  let standIn: StandIn;
  let reads: ReturnType<typeof connectReads>;
  let context: AdapterContext;
  const call = callOf();
  beforeEach(async () => {
    standIn = await startStandIn();
    reads = connectReads(standIn.url);
    context = reads.context;
  });
  afterEach(async () => {
    await reads.dispose();
    await standIn.dispose();
  });
  const answer = (sent: Answer): void => standIn.answerWith(() => sent);

  it('asks for the types that are selected, and for the state when nothing is', async () => {
    answer({ body: { state: 'DISABLED' } });
    await readProfile(context, 'D1', fields(), call);
    await readProfile(
      context,
      'D1',
      fields('DetectorProfile.initProgress', 'DetectorProfile.neededShingles', 'DetectorProfile.models'),
      call,
    );
    await readProfile(context, 'D1', all, call);
    expect(standIn.seen.map(({ path }) => path.split('/_profile/')[1])).toEqual([
      'state',
      'init_progress,models',
      'state,error,coordinating_node,total_size_in_bytes,init_progress,total_entities,active_entities,models,ad_task',
    ]);
  });

  it('of one that was never started says that it is disabled', async () => {
    answer(recordedAnswer('2.19.4/01-create-validate-preview', 'never started _profile/state'));
    expect(await readProfile(context, 'D1', fields('DetectorProfile.vendorState'), call)).toMatchObject({
      id: 'detector:os-logs:D1/profile',
      vendorState: 'DISABLED',
      error: null,
      initProgress: null,
      models: [],
      modelCount: null,
    });
  });

  it('of one that begins says how far it is', async () => {
    answer(recordedAnswer('2.19.4/20-real-time', 'profile ?_all (fresh)'));
    expect(await readProfile(context, 'D1', all, call)).toMatchObject({
      vendorState: 'INIT',
      error: null,
      coordinatingNodeId: 'j3R-hAwMQvasdEGra2HoMw',
      totalBytes: 0,
      initProgress: 0,
      estimatedMinutesLeft: 32,
      neededShingles: 32,
      modelCount: 0,
    });
  });

  it('of a high-cardinality one counts entities and shows its models', async () => {
    answer(recordedAnswer('2.19.4/21-real-time-more', 'HC profile ?_all'));
    const profile = await readProfile(context, hc, all, call);
    expect(profile).toMatchObject({
      totalEntities: 3,
      activeEntities: 3,
      modelCount: 3,
      totalBytes: 1_202_304,
      initProgress: 1,
      taskSlots: null,
    });
    expect(profile.models[1]).toEqual({
      modelId: `${hc}_entity_spsg_KSdxTea7PrdM14ZJg`,
      type: null,
      detectorNativeId: hc,
      nodeId: 'j3R-hAwMQvasdEGra2HoMw',
      sizeBytes: 400_768,
      entity: [{ name: 'host', value: 'host-1' }],
      lastUsedAt: null,
      lastCheckpointAt: null,
    });
  });

  it('of a historical run under way shows its places and entities', async () => {
    answer(recordedAnswer('2.19.4/15-historical-hc-finished', 'profile ad_task while running'));
    expect(await readProfile(context, 'D1', fields('DetectorProfile.taskSlots'), call)).toMatchObject({
      vendorState: null,
      taskSlots: 3,
      pendingEntities: 0,
      runningEntities: 3,
    });
    answer(recordedAnswer('2.19.4/15-historical-hc-finished', 'profile ?_all when finished'));
    expect(await readProfile(context, 'D1', all, call)).toMatchObject({ vendorState: 'DISABLED', taskSlots: null, runningEntities: null });
  });

  it('keeps the error of a detector that is disabled, and takes an empty one for none', async () => {
    answer({ body: { state: 'DISABLED', error: 'No data in current detection window' } });
    expect((await readProfile(context, 'D1', all, call)).error).toBe('No data in current detection window');
    answer(recordedAnswer('2.19.4/20-real-time', 'profile after stop'));
    expect((await readProfile(context, 'D1', all, call)).error).toBeNull();
  });

  it.each([
    ['2.11.0/00-virgin-cluster', 'profile unknown'],
    ['2.11.0/01-create-validate-preview', 'unknown id profile'],
    ['2.19.4/00-virgin-cluster', 'profile unknown'],
  ])('of one nobody knows is not found (%s, %s)', async (recording, label) => {
    answer(recordedAnswer(recording, label));
    expect((await errorOf(readProfile(context, 'no-such-id', all, call))).code).toBe('NOT_FOUND');
  });

  it.each(['_search', 'tasks', 'a/b', '*', ''])('sends no request for what is no id: %j', async (id) => {
    expect((await errorOf(readProfile(context, id, all, call))).code).toBe('NOT_FOUND');
    expect((await errorOf(readEntityProfile(context, id, [], all, call))).code).toBe('NOT_FOUND');
    expect(standIn.seen).toEqual([]);
  });

  it('of one entity', async () => {
    answer(recordedAnswer('2.19.4/21-real-time-more', 'HC entity profile'));
    const entity = [{ name: 'host', value: 'host-1' }];
    const profile = await readEntityProfile(context, hc, entity, fields(), call);
    expect(profile).toMatchObject({
      vendorState: 'RUNNING',
      active: true,
      lastActiveAt: 1795317344717,
      lastSampleAt: 1795317344717,
      initProgress: 1,
      model: { modelId: `${hc}_entity_spsg_KSdxTea7PrdM14ZJg`, detectorNativeId: hc },
    });
    expect(profile.id).toMatch(new RegExp(`^detector:os-logs:${hc}/entities/[0-9a-f]{16}$`));
    expect(standIn.seen[0]).toMatchObject({ target: `${base}/detectors/${hc}/_profile?_all=true`, body: JSON.stringify({ entity }) });
    const twice = [
      { name: 'a', value: '1' },
      { name: 'b', value: '2' },
    ];
    const [left, right] = await Promise.all([
      readEntityProfile(context, hc, twice, fields(), call),
      readEntityProfile(context, hc, twice.toReversed(), fields(), call),
    ]);
    expect(left.id).toBe(right.id);
  });

  it('of an entity nobody knows is not found', async () => {
    answer(recordedAnswer('2.19.4/21-real-time-more', 'HC entity profile, unknown entity'));
    expect((await errorOf(readEntityProfile(context, hc, [{ name: 'host', value: 'nope' }], fields(), call))).code).toBe('NOT_FOUND');
  });
});
