import { Client as Client8 } from 'es8';
import { Client as Client9 } from 'es9';

/** What a gateway needs of Elastic's own client, whatever its major. */
export interface OfficialClient {
  info(): Promise<{ readonly version: { readonly number: string } }>;
  putIndex(index: string): Promise<{ readonly acknowledged: boolean }>;
  putJob(id: string): Promise<{ readonly job_id: string }>;
  putDatafeed(id: string, job: string, index: string): Promise<{ readonly datafeed_id: string }>;
  openJob(id: string): Promise<{ readonly opened: boolean }>;
  closeJob(id: string, force: boolean): Promise<{ readonly closed: boolean }>;
  resetJob(id: string): Promise<{ readonly acknowledged: boolean }>;
  /** The id of the task, which the types of the client do not know of. */
  resetInBackground(id: string): Promise<string>;
  deleteJob(id: string): Promise<{ readonly acknowledged: boolean }>;
  jobs(id: string): Promise<readonly { readonly job_id: string; readonly finished_time?: unknown; readonly model_snapshot_id?: string }[]>;
  jobStats(id: string): Promise<readonly { readonly job_id: string; readonly state: string }[]>;
  startDatafeed(id: string): Promise<{ readonly started: boolean }>;
  stopDatafeed(id: string): Promise<{ readonly stopped: boolean }>;
  datafeeds(id: string): Promise<readonly { readonly datafeed_id: string; readonly job_id: string }[]>;
  datafeedStats(id: string): Promise<readonly { readonly datafeed_id: string; readonly state: string }[]>;
  snapshots(job: string): Promise<readonly { readonly snapshot_id: string; readonly retain: boolean }[]>;
  retainSnapshot(job: string, snapshot: string): Promise<{ readonly acknowledged: boolean }>;
  revert(job: string, snapshot: string): Promise<{ readonly model: { readonly snapshot_id: string } }>;
  records(job: string): Promise<readonly { readonly record_score: number }[]>;
  messages(job: string): Promise<readonly unknown[]>;
  task(id: string, wait: boolean): Promise<{ readonly completed: boolean; readonly response?: unknown; readonly error?: unknown }>;
  /** Ids of tasks by action. */
  listTasks(actions: string): Promise<readonly string[]>;
  cancelTask(id: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

const job = {
  analysis_config: { bucket_span: '15m', detectors: [{ function: 'count' }] },
  data_description: { time_field: 'time' },
};

const mappings = { properties: { time: { type: 'date' } } } as const;

const byJob = (id: string) => ({ bool: { filter: [{ term: { job_id: id } }] } });

/** The id that a verb in the background answers with. */
function taskIn(answer: object): string {
  const task: unknown = 'task' in answer ? answer.task : undefined;
  if (typeof task !== 'string') throw new TypeError('no task in the answer');
  return task;
}

const idsIn = (list: { readonly nodes?: Readonly<Record<string, { readonly tasks: object }>> }): readonly string[] =>
  Object.values(list.nodes ?? {}).flatMap(({ tasks }) => Object.keys(tasks));

/** Client 8 as it comes. */
export function createClient8(node: string): OfficialClient {
  const client = new Client8({ node, maxRetries: 0 });
  const { ml, tasks } = client;
  return {
    info: () => client.info(),
    putIndex: (index) => client.indices.create({ index, mappings }),
    putJob: (id) => ml.putJob({ job_id: id, ...job }),
    putDatafeed: (id, of, index) => ml.putDatafeed({ datafeed_id: id, job_id: of, indices: [index] }),
    openJob: (id) => ml.openJob({ job_id: id, timeout: '10s' }),
    closeJob: (id, force) => ml.closeJob({ job_id: id, force, timeout: '10s' }),
    resetJob: (id) => ml.resetJob({ job_id: id, delete_user_annotations: true }),
    resetInBackground: async (id) => taskIn(await ml.resetJob({ job_id: id, wait_for_completion: false })),
    deleteJob: (id) => ml.deleteJob({ job_id: id, force: true }),
    jobs: async (id) => (await ml.getJobs({ job_id: id })).jobs,
    jobStats: async (id) => (await ml.getJobStats({ job_id: id })).jobs,
    startDatafeed: (id) => ml.startDatafeed({ datafeed_id: id, start: '2024-01-01T00:00:00Z', timeout: '10s' }),
    stopDatafeed: (id) => ml.stopDatafeed({ datafeed_id: id, force: false, timeout: '10s' }),
    datafeeds: async (id) => (await ml.getDatafeeds({ datafeed_id: id })).datafeeds,
    datafeedStats: async (id) => (await ml.getDatafeedStats({ datafeed_id: id })).datafeeds,
    snapshots: async (of) =>
      (await ml.getModelSnapshots({ job_id: of, desc: true, sort: 'timestamp', page: { from: 0, size: 5 } })).model_snapshots,
    retainSnapshot: (of, id) => ml.updateModelSnapshot({ job_id: of, snapshot_id: id, retain: true }),
    revert: (of, id) => ml.revertModelSnapshot({ job_id: of, snapshot_id: id, delete_intervening_results: true }),
    records: async (of) => (await ml.getRecords({ job_id: of, record_score: 10, sort: 'record_score', desc: true })).records,
    messages: async (of) =>
      (await client.search({ index: '.ml-notifications*', query: byJob(of), sort: [{ timestamp: 'desc' }], size: 20 })).hits.hits,
    task: (id, wait) => tasks.get({ task_id: id, wait_for_completion: wait, timeout: '10s' }),
    listTasks: async (actions) => idsIn(await tasks.list({ actions, detailed: true })),
    cancelTask: async (id) => idsIn(await tasks.cancel({ task_id: id })),
    close: () => client.close(),
  };
}

/** Client 9 as it comes. */
export function createClient9(node: string): OfficialClient {
  const client = new Client9({ node, maxRetries: 0 });
  const { ml, tasks } = client;
  return {
    info: () => client.info(),
    putIndex: (index) => client.indices.create({ index, mappings }),
    putJob: (id) => ml.putJob({ job_id: id, ...job }),
    putDatafeed: (id, of, index) => ml.putDatafeed({ datafeed_id: id, job_id: of, indices: [index] }),
    openJob: (id) => ml.openJob({ job_id: id, timeout: '10s' }),
    closeJob: (id, force) => ml.closeJob({ job_id: id, force, timeout: '10s' }),
    resetJob: (id) => ml.resetJob({ job_id: id, delete_user_annotations: true }),
    resetInBackground: async (id) => taskIn(await ml.resetJob({ job_id: id, wait_for_completion: false })),
    deleteJob: (id) => ml.deleteJob({ job_id: id, force: true }),
    jobs: async (id) => (await ml.getJobs({ job_id: id })).jobs,
    jobStats: async (id) => (await ml.getJobStats({ job_id: id })).jobs,
    startDatafeed: (id) => ml.startDatafeed({ datafeed_id: id, start: '2024-01-01T00:00:00Z', timeout: '10s' }),
    stopDatafeed: (id) => ml.stopDatafeed({ datafeed_id: id, force: false, timeout: '10s' }),
    datafeeds: async (id) => (await ml.getDatafeeds({ datafeed_id: id })).datafeeds,
    datafeedStats: async (id) => (await ml.getDatafeedStats({ datafeed_id: id })).datafeeds,
    snapshots: async (of) =>
      (await ml.getModelSnapshots({ job_id: of, desc: true, sort: 'timestamp', page: { from: 0, size: 5 } })).model_snapshots,
    retainSnapshot: (of, id) => ml.updateModelSnapshot({ job_id: of, snapshot_id: id, retain: true }),
    revert: (of, id) => ml.revertModelSnapshot({ job_id: of, snapshot_id: id, delete_intervening_results: true }),
    records: async (of) => (await ml.getRecords({ job_id: of, record_score: 10, sort: 'record_score', desc: true })).records,
    messages: async (of) =>
      (await client.search({ index: '.ml-notifications*', query: byJob(of), sort: [{ timestamp: 'desc' }], size: 20 })).hits.hits,
    task: (id, wait) => tasks.get({ task_id: id, wait_for_completion: wait, timeout: '10s' }),
    listTasks: async (actions) => idsIn(await tasks.list({ actions, detailed: true })),
    cancelTask: async (id) => idsIn(await tasks.cancel({ task_id: id })),
    close: () => client.close(),
  };
}
