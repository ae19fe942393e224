import type { GraphQLSchema } from 'graphql';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import type { JobFilter, TaskFilter } from '../../../../src/client/index.js';
import { gatewaySchema } from '../../../../src/gateway.js';
import { createGatewayRig, eventually, type GatewayRig } from '../../../support/gateway-rig.js';
import type { Dashboard } from './dashboard.js';
import { expectFreshDetail, expectFreshJobs, expectFreshTasks } from './views.js';

/** What every test of a client has at hand. */
export interface Stage<D extends Dashboard> {
  readonly rig: GatewayRig;
  readonly dashboard: D;
  /** Global id of the job that is opened and fed. */
  readonly fed: string;
  idOf(nativeId: string): Promise<string>;
  /** No datafeed brings anything any more: counters stand still. */
  quieten(): Promise<void>;
}

const fedName = 'nginx-request-rate';
const opened: JobFilter = { states: ['OPENED'] };
const closed: JobFilter = { states: ['CLOSED'] };
const unfinished: TaskFilter = { states: ['CREATED', 'QUEUED', 'INITIALIZING', 'RUNNING'] };
const jobLists = [undefined, opened, closed] as const;
const taskLists = [undefined, unfinished] as const;

const createStage = async <D extends Dashboard>(create: (url: string, schema: GraphQLSchema) => Promise<D> | D): Promise<Stage<D>> => {
  const rig = await createGatewayRig({ backends: [{ id: 'es', speed: 5 }] });
  const idOf = async (nativeId: string): Promise<string> => {
    const { jobs } = await rig.ask<{ readonly jobs: { readonly nodes: readonly { readonly id: string; readonly nativeId: string }[] } }>(
      '{ jobs { nodes { id nativeId } } }',
    );
    return jobs.nodes.find((job) => job.nativeId === nativeId)?.id ?? '';
  };
  return {
    rig,
    dashboard: await create(rig.url, gatewaySchema()),
    fed: await idOf(fedName),
    idOf,
    quieten: async () => {
      const { jobs } = await rig.sim('es').state();
      for (const { id } of jobs) await rig.sim('es').job(id, { recordsPerSecond: 0 });
    },
  };
};

const nativeIdsOf = (dashboard: Dashboard, filter?: JobFilter): readonly string[] =>
  dashboard.jobs(filter)?.jobs.edges.map(({ node }) => node.nativeId) ?? [];

/** The suite that every GraphQL client has to pass. Returns the stage of the test under way, for tests of one client alone. */
export const describeClient = <D extends Dashboard>(
  name: string,
  create: (url: string, schema: GraphQLSchema) => Promise<D> | D,
  more: (stage: () => Stage<D>) => void = () => undefined,
): void => {
  describe(name, () => {
    let stage: Stage<D>;
    let complaints: readonly MockInstance[];

    beforeEach(async () => {
      complaints = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')];
      stage = await createStage(create);
    });
    afterEach(async () => {
      await stage.dashboard.dispose();
      await stage.rig.dispose();
      // Clients tell of objects they cannot key, fields they miss and data they lose on the console.
      for (const complaint of complaints) expect(complaint.mock.calls).toEqual([]);
      vi.restoreAllMocks();
    });

    const expectAllFresh = async (): Promise<void> => {
      const { dashboard, rig } = stage;
      for (const filter of jobLists) await expectFreshJobs(dashboard, rig, filter);
      for (const filter of taskLists) await expectFreshTasks(dashboard, rig, filter);
    };

    it('holds what a fresh query answers after a close, a reset and a delete seen live, and asks for no list again', {
      timeout: 90_000,
    }, async () => {
      const { dashboard, rig, fed, quieten } = stage;
      await quieten();
      for (const filter of jobLists) await dashboard.watchJobs(filter);
      for (const filter of taskLists) await dashboard.watchTasks(filter);
      await expectAllFresh();
      expect(nativeIdsOf(dashboard, opened)).toContain(fedName);

      const close = await dashboard.closeJob(fed);
      expect(close).toMatchObject({ job: { id: fed }, task: { kind: 'CLOSE' }, errors: [] });
      await dashboard.transport.heard(
        ({ tasksProgress }) => tasksProgress?.left.some(({ id, state }) => id === close.task?.id && state === 'SUCCEEDED') ?? false,
      );
      await eventually(
        () => nativeIdsOf(dashboard, closed),
        (ids) => ids.includes(fedName),
      );
      await expectAllFresh();
      expect(nativeIdsOf(dashboard, opened)).not.toContain(fedName);
      expect(dashboard.jobs()?.jobs.edges.find(({ node }) => node.id === fed)?.node).toMatchObject({
        state: 'CLOSED',
        currentTask: null,
        datafeed: { state: 'STOPPED' },
      });

      const reset = await dashboard.resetJob(fed);
      expect(reset).toMatchObject({ task: { kind: 'RESET' }, errors: [] });
      expect(await dashboard.followTask(reset.task?.id ?? '')).toMatchObject({ state: 'SUCCEEDED' });
      await eventually(
        () => nativeIdsOf(dashboard, closed),
        (ids) => ids.includes(fedName),
      );
      await expectAllFresh();
      expect(dashboard.jobs()?.jobs.edges.find(({ node }) => node.id === fed)?.node.processed).toMatchObject({ current: 0 });

      expect(await dashboard.deleteJob(fed)).toMatchObject({ task: { kind: 'DELETE' }, errors: [] });
      await dashboard.transport.heard(({ jobsChanged }) => jobsChanged?.forgotten.includes(fed) ?? false);
      await eventually(
        () => nativeIdsOf(dashboard),
        (ids) => !ids.includes(fedName),
      );
      for (const filter of jobLists) await expectFreshJobs(dashboard, rig, filter);
      // That the job of an older task has become null is no news of the task: a cache keeps the link until it forgets the job itself.
      for (const filter of taskLists) await expectFreshTasks(dashboard, rig, filter, ['job']);

      // Each list once when it was opened, and once more when its stream began with a reset.
      expect(dashboard.transport.requests()).toEqual({
        JobList: 2 * jobLists.length,
        TaskList: 2 * taskLists.length,
        CloseJob: 1,
        ResetJob: 1,
        DeleteJob: 1,
      });
    });

    it('keeps what only one vendor has, and what an error of a verb says', async () => {
      const { dashboard, rig, idOf } = stage;
      const id = await idOf('dns-tunneling');
      await dashboard.watchDetail(id);
      await expectFreshDetail(dashboard, rig, id);
      expect(dashboard.detail(id)?.job?.details).toMatchObject({
        __typename: 'ElasticsearchJobDetails',
        dataCounts: { bucketCount: expect.any(Number) },
      });
      const refused = await dashboard.resetJob(await idOf('payment-amount-outliers'));
      expect(refused).toMatchObject({
        job: { nativeId: 'payment-amount-outliers', state: 'OPENED', datafeed: null },
        task: null,
        errors: [{ __typename: 'WrongStateError', code: 'WRONG_STATE', path: ['input', 'jobId'] }],
      });
    });

    it('does not ask again when objects that two documents watch differently move', { timeout: 60_000 }, async () => {
      const { dashboard, fed } = stage;
      await dashboard.watchJobs();
      await dashboard.watchDetail(fed);
      const before = dashboard.transport.requests();
      const [shown, heard] = [dashboard.shown(), dashboard.transport.events.length];
      await eventually(
        () => dashboard.transport.events.length,
        (count) => count >= heard + 40,
      );
      expect(dashboard.shown() - shown).toBeGreaterThan(20);
      expect(dashboard.transport.requests()).toEqual(before);
      expect(before).toEqual({ JobList: 2, JobDetail: 1 });
    });

    it('is right again after its connection was lost and things went on without it', { timeout: 60_000 }, async () => {
      const { dashboard, rig, quieten } = stage;
      await quieten();
      const lists = [undefined, opened];
      for (const filter of lists) await dashboard.watchJobs(filter);
      dashboard.transport.cut();
      await rig.sim('es').job('payment-amount-outliers', { state: 'closed' });
      await eventually(
        () => nativeIdsOf(dashboard, opened),
        (ids) => ids.length > 0 && !ids.includes('payment-amount-outliers'),
      );
      for (const filter of lists) await expectFreshJobs(dashboard, rig, filter);
      // Its streams went on where they were cut: no list was asked for again.
      expect(dashboard.transport.requests()).toEqual({ JobList: 2 * lists.length });
    });

    more(() => stage);
  });
};
