import type { GraphQLSchema } from 'graphql';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import {
  CollectJobResultDocument,
  DataFrameRowsDocument,
  type DataFrameRowsQuery,
  JobDetailDocument,
  type JobDetailQuery,
  JobListDocument,
  JobListLiveDocument,
  JobResultDocument,
  type JobResultQuery,
  JobResultRawDocument,
  StartSymetryJobDocument,
} from '../../../src/client/index.js';
import { gatewaySchema } from '../../../src/gateway.js';
import { eventually, type GatewayRig } from '../../support/gateway-rig.js';
import { createSymetryWorld, type SymetryWorld } from '../../support/symetry-world.js';
import { createApolloDashboard } from './support/apollo-dashboard.js';
import type { Dashboard } from './support/dashboard.js';
import { createRelayDashboard } from './support/relay-dashboard.js';
import { createUrqlDashboard } from './support/urql-dashboard.js';
import { expectFresh } from './support/views.js';

type Table = Extract<DataFrameRowsQuery['node'], { readonly __typename: 'DataFrame' }>;

const jobFields = (job: JobDetailQuery['job']) => ({ state: job?.state, resultState: job?.resultState, currentTask: job?.currentTask });

let world: SymetryWorld;
let rig: GatewayRig;
let complaints: readonly MockInstance[];
beforeEach(async () => {
  complaints = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')];
  world = await createSymetryWorld();
  rig = await world.start();
});
afterEach(async () => {
  await world.dispose();
  const said = complaints.flatMap((complaint) => complaint.mock.calls);
  vi.restoreAllMocks();
  expect(said).toEqual([]);
});

describe.each([
  ['Apollo Client', createApolloDashboard],
  ['urql with graphcache', createUrqlDashboard],
  ['Relay', createRelayDashboard],
] as readonly (readonly [string, (url: string, schema: GraphQLSchema) => Promise<Dashboard> | Dashboard])[])('%s', (_, create) => {
  let dashboard: Dashboard;
  beforeEach(async () => {
    dashboard = await create(rig.url, gatewaySchema());
  });
  afterEach(() => dashboard.dispose());

  const result = (id: string): NonNullable<JobResultQuery['job']>['result'] =>
    dashboard.held(JobResultDocument, { id })?.job?.result ?? null;

  it('starts a job from a form, sees it end in its list and on its page, and finds its result there at once', async () => {
    await dashboard.watchQuery(JobListDocument, {});
    await dashboard.watchStream(JobListLiveDocument, {});
    const { startSymetryJob } = await dashboard.send(StartSymetryJobDocument, {
      input: {
        backendId: 'backend:sym',
        explorePca: { project: 'irisTest', context: { inputs: [0, 1] } },
        idempotencyKey: '8c7e4a52-6f0b-4d3c-9a55-2f5d1f0c7e41',
      },
    });
    expect(startSymetryJob).toMatchObject({ errors: [], job: { resultState: 'NONE' }, task: { kind: 'RUN' } });
    const id = startSymetryJob.job?.id ?? '';
    await dashboard.watchQuery(JobDetailDocument, { id });
    expect(await dashboard.followTask(startSymetryJob.task?.id ?? '')).toMatchObject({ state: 'SUCCEEDED' });
    // No waiting: who sees the task end may ask for the result.
    await dashboard.watchQuery(JobResultDocument, { id });
    expect(result(id)?.entities.map(({ __typename, name }) => [__typename, name])).toEqual([
      ['DataFrame', 'pcaVectors'],
      ['DataFrame', 'pcaValues'],
      ['NumberResult', 'pcaSumValues'],
    ]);
    await eventually(
      () => jobFields(dashboard.held(JobDetailDocument, { id })?.job ?? null),
      ({ state, resultState, currentTask }) => state === 'FINISHED' && resultState === 'AVAILABLE' && currentTask === null,
    );
    await expectFresh(dashboard, rig, JobResultDocument, { id }, ['revision']);
    expect(dashboard.transport.requests()).toMatchObject({ JobList: 1, JobResult: 1 });
  });

  it('holds what several documents select of one result, and asks none of them again', async () => {
    const number = await world.simulator.plant({ kind: 'explore', state: 'finished' });
    const { collectJobResult } = await dashboard.send(CollectJobResultDocument, {
      input: { jobId: `job:sym:${number}`, waitMs: 10_000 },
    });
    expect(collectJobResult).toMatchObject({
      errors: [],
      job: { resultState: 'AVAILABLE', allowedActions: [] },
      task: { state: 'SUCCEEDED' },
    });
    const id = collectJobResult.job?.id ?? '';
    await dashboard.watchQuery(JobResultDocument, { id });
    await dashboard.watchQuery(JobResultRawDocument, { id });
    await dashboard.watchQuery(JobDetailDocument, { id });
    await expectFresh(dashboard, rig, JobResultDocument, { id });
    await expectFresh(dashboard, rig, JobResultRawDocument, { id });
    expect(result(id)?.entities.map(({ __typename }) => __typename)).toEqual(['KeyValueMap', 'ProjectInfoResult']);
    expect(dashboard.transport.requests()).toEqual({ CollectJobResult: 1, JobResult: 1, JobResultRaw: 1, JobDetail: 1 });
  });

  it('holds several pages of one table beside what its result says of it', async () => {
    const number = await world.simulator.plant({ kind: 'dsPredictDataFrame', state: 'finished', frame: { rows: 250, columns: 3 } });
    const { collectJobResult } = await dashboard.send(CollectJobResultDocument, {
      input: { jobId: `job:sym:${number}`, waitMs: 10_000 },
    });
    const jobId = collectJobResult.job?.id ?? '';
    await dashboard.watchQuery(JobResultDocument, { id: jobId });
    const id = result(jobId)?.entities[0]?.id ?? '';
    const pages: { readonly id: string; readonly after?: string }[] = [{ id }];
    const rowsOf = (variables: { readonly id: string; readonly after?: string }) => {
      const node = dashboard.held(DataFrameRowsDocument, variables)?.node;
      return node?.__typename === 'DataFrame' ? node.rows : undefined;
    };
    for (const page of pages) {
      await dashboard.watchQuery(DataFrameRowsDocument, page);
      const { hasNextPage, endCursor } = rowsOf(page)?.pageInfo ?? {};
      if (hasNextPage && endCursor) pages.push({ id, after: endCursor });
    }
    expect(
      pages.map((page) =>
        rowsOf(page)
          ?.edges.map(({ node }) => node.index)
          .at(-1),
      ),
    ).toEqual([99, 199, 249]);
    for (const page of pages) await expectFresh(dashboard, rig, DataFrameRowsDocument, page);
    await expectFresh(dashboard, rig, JobResultDocument, { id: jobId });
    expect(dashboard.transport.requests()).toMatchObject({ JobResult: 1, DataFrameRows: 3 });
  });
});

describe('Relay', () => {
  it('pages the rows of a table, refetched by its own id, as one list', async () => {
    const dashboard = await createRelayDashboard(rig.url, gatewaySchema());
    try {
      const number = await world.simulator.plant({ kind: 'dsPredictDataFrame', state: 'finished', frame: { rows: 100, columns: 2 } });
      const { collectJobResult } = await dashboard.send(CollectJobResultDocument, {
        input: { jobId: `job:sym:${number}`, waitMs: 10_000 },
      });
      const jobId = collectJobResult.job?.id ?? '';
      await dashboard.watchQuery(JobResultDocument, { id: jobId });
      const id = dashboard.held(JobResultDocument, { id: jobId })?.job?.result?.entities[0]?.id ?? '';
      await dashboard.fetch('ResultTable', { id });
      const held = () => (dashboard.read('ResultTable', { id }) as { readonly node: { readonly table: Table } }).node.table.rows;
      while (held().pageInfo.hasNextPage) await dashboard.fetch('TableRowsPage', { id, first: 40, after: held().pageInfo.endCursor });
      expect(held().edges.map(({ node }) => node.index)).toEqual(Array.from({ length: 100 }, (_row, index) => index));
      expect(held().totalCount).toBe(100);
      expect(dashboard.transport.requests()).toMatchObject({ ResultTable: 1, TableRowsPage: 2 });
    } finally {
      await dashboard.dispose();
    }
  });
});
