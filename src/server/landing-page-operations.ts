/*
 * What the page at `/` asks and what it offers to paste. Kept apart so that a test can hold every document against the schema.
 */

const backendFields = 'id key vendor version readOnly capabilities health { status since message }';
const taskFields =
  'id kind state progress initProgress counts { current maximum unit } stateCounts { state count } startedAt endedAt error { message } ' +
  'backend { id key } job { id nativeId resultState } detector { id name }';

/** The script's own operations. */
export const pageOperations = {
  backends: `query PageBackends { backends { ${backendFields} } }`,
  backendsChanged: `subscription PageBackendsChanged { backendsChanged { cursor reset forgotten backends { ${backendFields} } } }`,
  tasksProgress:
    `subscription PageTasksProgress { tasksProgress { cursor reset synced ` +
    `added { ${taskFields} } changed { ${taskFields} } left { ${taskFields} } forgotten } }`,
} as const;

/** What visitors copy. */
export const sampleOperations = {
  query:
    '{ jobs(first: 20) { nodes { id state resultState backend { key } currentTask { id kind progress } } unavailable { code message } } }',
  mutation: 'mutation Reset($id: ID!) { resetJob(input: { jobId: $id, closeFirst: true }) { task { id state } errors { code message } } }',
  start:
    'mutation Start($backend: ID!, $project: String!) { startSymetryJob(input: { backendId: $backend, kmeansOptimize: ' +
    '{ project: $project, context: { inputs: [0, 1, 2, 3] } } }) { job { id } task { id state } errors { code message } } }',
  result:
    'query Result($id: ID!) { job(id: $id) { state resultState result { entities { name ... on KeyValueMap { maps { entries { key text } } } ' +
    '... on DataFrame { rowCount columns { name } rows(first: 10) { nodes { cells } } } } } } }',
  subscription: 'subscription { tasksProgress { added { id kind state progress } changed { id state progress } left { id state } } }',
} as const;

/** Variables of the samples: visitors put their own. The script puts a backend that is there in place of `my-backend`. */
export const sampleVariables = {
  job: { id: 'job:my-backend:my-job' },
  start: { backend: 'backend:my-backend', project: 'my-project' },
  result: { id: 'job:my-backend:7' },
} as const;

/** What a backend can do whose jobs run once: only where there is one, its samples are shown. */
export const runOnceAction = 'START_JOB';
