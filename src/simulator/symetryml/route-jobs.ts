import { killJob, listJobs, readJob } from './job-reading.js';
import { base, type Route } from './routes.js';

/** Job Information (5.x to 6.3). */
export const jobRoutes: readonly Route[] = [
  { method: 'GET', template: `${base}/jobs`, answer: ({ world, customer }) => listJobs(world, customer) },
  { method: 'GET', template: `${base}/jobs/{id}`, answer: ({ world, customer, path }) => readJob(world, customer, path.id ?? '') },
  { method: 'DELETE', template: `${base}/jobs/{id}`, answer: ({ world, customer, path }) => killJob(world, customer, path.id ?? '') },
];
