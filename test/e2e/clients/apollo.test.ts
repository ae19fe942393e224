import { expect, it } from 'vitest';
import { eventually } from '../../support/gateway-rig.js';
import { createApolloDashboard } from './support/apollo-dashboard.js';
import { countersDocument } from './support/counters.js';
import { describeClient } from './support/scenario.js';

describeClient('Apollo Client', createApolloDashboard, (stage) => {
  it('asks for no list again when a document that selects less of moving objects is polled', async () => {
    const { dashboard, fed } = stage();
    await dashboard.watchJobs();
    await dashboard.watchDetail(fed);
    const polled = dashboard.client.watchQuery({ query: countersDocument, pollInterval: 50 }).subscribe(() => undefined);
    const polls = (): number => dashboard.transport.requests().Counters ?? 0;
    await eventually(polls, (count) => count >= 20);
    polled.unsubscribe();
    expect(dashboard.transport.requests()).toEqual({ JobList: 2, JobDetail: 1, Counters: polls() });
    expect(dashboard.jobs()?.jobs.edges.find(({ node }) => node.id === fed)?.node.processed).toMatchObject({ unit: 'RECORDS' });
  });
});
