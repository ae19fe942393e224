import { expect, it } from 'vitest';
import { countersDocument } from './support/counters.js';
import { describeClient } from './support/scenario.js';
import { createUrqlDashboard } from './support/urql-dashboard.js';

describeClient('urql with graphcache', createUrqlDashboard, (stage) => {
  it('asks for no list again when a document that selects less of moving objects is polled', async () => {
    const { dashboard, fed } = stage();
    await dashboard.watchJobs();
    await dashboard.watchDetail(fed);
    const polls = 20;
    for (let poll = 0; poll < polls; poll += 1)
      await dashboard.client.query(countersDocument, {}, { requestPolicy: 'network-only' }).toPromise();
    expect(dashboard.transport.requests()).toEqual({ JobList: 2, JobDetail: 1, Counters: polls });
    expect(dashboard.jobs()?.jobs.edges.find(({ node }) => node.id === fed)?.node.processed).toMatchObject({ unit: 'RECORDS' });
  });
});
