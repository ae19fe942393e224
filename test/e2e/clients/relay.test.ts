import { print } from 'graphql';
import { expect, it } from 'vitest';
import * as operations from '../../../src/client/index.js';
import { createRelayDashboard } from './support/relay-dashboard.js';
import { describeClient } from './support/scenario.js';

describeClient('Relay', createRelayDashboard, (stage) => {
  it('pages through a connection, and holds the pages as one list', async () => {
    const { dashboard, rig, quieten } = stage();
    await quieten();
    const variables = { first: 5 };
    await dashboard.fetch('JobTablePage', variables);
    const held = () => (dashboard.read('JobTablePage', variables) as Pick<operations.JobListQuery, 'jobs'>).jobs;
    while (held().pageInfo.hasNextPage) await dashboard.fetch('JobTablePage', { ...variables, after: held().pageInfo.endCursor });
    const { jobs } = await rig.ask<operations.JobListQuery>(print(operations.JobListDocument));
    expect(held().edges.map(({ node }) => node)).toMatchObject(jobs.edges.map(({ node }) => node));
    expect(held().totalCount).toBe(jobs.edges.length);
    expect(dashboard.transport.requests()).toEqual({ JobTablePage: Math.ceil(jobs.edges.length / variables.first) });
  });

  it('refetches each kind of object by its id alone', async () => {
    const { dashboard, rig, idOf } = stage();
    const jobId = await idOf('dns-tunneling');
    const taskId = (await dashboard.closeJob(jobId)).task?.id ?? '';
    await dashboard.followTask(taskId);
    const backendId = 'backend:es';
    const panels = { jobId, taskId, backendId };
    await dashboard.fetch('Panels', panels);

    await rig.sim('es').job('dns-tunneling', { groups: ['renamed'] });
    for (const [panel, id] of [
      ['JobPanelRefetch', jobId],
      ['TaskPanelRefetch', taskId],
      ['BackendPanelRefetch', backendId],
    ] as const)
      await dashboard.fetch(panel, { id });
    expect(dashboard.read('Panels', panels)).toMatchObject({
      job: { id: jobId, groups: ['renamed'], details: { jobVersion: expect.any(String) } },
      task: { id: taskId, state: 'SUCCEEDED', job: { id: jobId } },
      backend: { id: backendId, health: { status: 'UP' } },
    });
    expect(dashboard.app.request('JobPanelRefetch').params.text).toContain('node(id: $id)');
  });

  it("compiles each of the product's operations as it is", () => {
    const names = Object.keys(operations).flatMap((name) => (name.endsWith('Document') ? [name.slice(0, -'Document'.length)] : []));
    expect(names).toContain('BulkProgress');
    expect(stage().dashboard.app.names).toEqual(expect.arrayContaining(names));
  });
});
