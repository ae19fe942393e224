/*
 * What the page at `/` asks and what it offers to paste. Kept apart so that a test can hold every document against the schema.
 */

const backendFields = 'id key vendor version readOnly health { status since message }';
const taskFields =
  'id kind state progress initProgress counts { current maximum unit } stateCounts { state count } startedAt endedAt error { message } ' +
  'backend { id key } job { id nativeId } detector { id name }';

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
  query: '{ jobs(first: 20) { nodes { id state backend { key } currentTask { id kind progress } } unavailable { code message } } }',
  mutation: 'mutation Reset($id: ID!) { resetJob(input: { jobId: $id, closeFirst: true }) { task { id state } errors { code message } } }',
  subscription: 'subscription { tasksProgress { added { id kind state progress } changed { id state progress } left { id state } } }',
} as const;

/** The id in the mutation's variables: visitors put their own. */
export const sampleJobId = 'job:my-backend:my-job';
