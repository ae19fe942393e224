import { expect } from 'vitest';
import {
  errorFields,
  eventually,
  type GatewayRig,
  type SeenError,
  type SeenTask,
  taskFields,
  type Variables,
  type Watch,
} from './gateway-rig.js';

/** Every type of a result's parts, whole but for the rows of large tables. */
export const resultFields = `
  resultState
  result {
    id receivedAt bytes
    entities {
      __typename id name raw
      ... on DataFrame { columns { index name type } rowCount rows(first: 5) { totalCount nodes { index cells } pageInfo { hasNextPage } } }
      ... on KeyValueMap { maps { entries { key text number } } kMeans { clusters wssse silhouette } }
      ... on ProjectInfoResult { projects {
        pid type encoderName models { name type } dataSources attributes { index name type } createdAt modifiedAt loaded persisted
        params { key text }
      } }
      ... on NumberResult { number }
      ... on AwsInfoResult { decrypted topics { region arn endpoints } queues { region url } }
    }
  }
`;

export interface SeenEntity {
  readonly __typename: string;
  readonly id: string;
  readonly name: string;
  readonly raw: unknown;
}

export interface SeenResult {
  readonly id: string;
  readonly receivedAt: string;
  readonly bytes: number;
  readonly entities: readonly SeenEntity[];
}

export interface SeenSymetryJob {
  readonly id: string;
  readonly nativeId: string;
  readonly type: string;
  readonly state: string;
  readonly owner: string | null;
  readonly stateReason: string | null;
  readonly finishedAt: string | null;
  readonly allowedActions: readonly string[];
  readonly resultState: string;
  readonly currentTask: { readonly id: string; readonly state: string } | null;
}

export const symetryJobFields = 'id nativeId type state owner stateReason finishedAt allowedActions resultState currentTask { id state }';

export interface SymetryPayload {
  readonly job: SeenSymetryJob | null;
  readonly task: SeenTask | null;
  readonly errors: readonly SeenError[];
}

/** A mutation on a job, or the one that starts one. */
export const symetryVerb = async (rig: GatewayRig, name: string, input: Variables): Promise<SymetryPayload> => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  const data = await rig.ask<Readonly<Record<string, SymetryPayload>>>(
    `mutation V($input: ${type}!) { ${name}(input: $input) { job { ${symetryJobFields} } task { ${taskFields} } errors { ${errorFields} } } }`,
    { input },
  );
  const payload = data[name];
  if (!payload) throw new TypeError(`no ${name} in the answer`);
  return payload;
};

export const cancelTask = async (
  rig: GatewayRig,
  taskId: string,
): Promise<{ readonly task: SeenTask | null; readonly errors: readonly SeenError[] }> =>
  (
    await rig.ask<{ readonly cancelTask: { readonly task: SeenTask | null; readonly errors: readonly SeenError[] } }>(
      `mutation C($id: ID!) { cancelTask(input: { taskId: $id }) { task { ${taskFields} } errors { ${errorFields} } } }`,
      { id: taskId },
    )
  ).cancelTask;

/** The least a kind needs to be started. */
export const buildOf = (model = 'lda1', project = 'irisTest') => ({
  build: { project, model, algorithm: 'lda', context: { targets: [12], inputs: [0, 1, 2, 3] } },
});

/** Starts a job, and sees to it that it was begun. */
export const begin = async (rig: GatewayRig, start: Variables = buildOf(), more: Variables = {}) => {
  const { job, task, errors } = await symetryVerb(rig, 'startSymetryJob', { backendId: 'backend:sym', ...start, ...more });
  expect(errors).toEqual([]);
  if (!job || !task) throw new TypeError('the payload has no job, or no task');
  return { job, task, number: Number(job.nativeId) };
};

export const readSymetryJob = async (rig: GatewayRig, id: string): Promise<SeenSymetryJob | null> =>
  (await rig.ask<{ readonly job: SeenSymetryJob | null }>(`query J($id: ID!) { job(id: $id) { ${symetryJobFields} } }`, { id })).job;

export const listSymetryJobs = async (rig: GatewayRig, filter: Variables = {}): Promise<readonly SeenSymetryJob[]> =>
  (
    await rig.ask<{ readonly jobs: { readonly nodes: readonly SeenSymetryJob[] } }>(
      `query L($filter: JobFilter) { jobs(filter: $filter) { nodes { ${symetryJobFields} } } }`,
      { filter: { backends: ['backend:sym'], ...filter } },
    )
  ).jobs.nodes;

/** The one task of a job. */
export const taskOfJob = async (rig: GatewayRig, id: string): Promise<SeenTask | null> => {
  const { job } = await rig.ask<{ readonly job: { readonly tasks: { readonly nodes: readonly SeenTask[] } } | null }>(
    `query T($id: ID!) { job(id: $id) { tasks { nodes { ${taskFields} } } } }`,
    { id },
  );
  expect(job?.tasks.nodes.length ?? 0).toBeLessThan(2);
  return job?.tasks.nodes[0] ?? null;
};

const resultDocument = `query R($id: ID!) { job(id: $id) { id state ${resultFields} } }`;

/** What a job handed over. */
export const readResult = async (rig: GatewayRig, id: string) => {
  const { job } = await rig.ask<{ readonly job: { readonly resultState: string; readonly result: SeenResult | null } | null }>(
    resultDocument,
    {
      id,
    },
  );
  return job;
};

/** Once it is there. */
export const whenAvailable = (rig: GatewayRig, id: string) =>
  eventually(
    () => readResult(rig, id),
    (job) => job?.resultState === 'AVAILABLE',
  );

/** Takes the result of a job that was begun elsewhere and has ended. Its id. */
export const collect = async (rig: GatewayRig, number: number): Promise<string> => {
  const { job, task, errors } = await symetryVerb(rig, 'collectJobResult', { jobId: `job:sym:${number}` });
  expect(errors).toEqual([]);
  expect(task).toMatchObject({ kind: 'RUN', job: { id: job?.id } });
  await whenAvailable(rig, job?.id ?? '');
  return job?.id ?? '';
};

/** The same, byte for byte as it was answered. */
export const resultText = async (rig: GatewayRig, id: string): Promise<string> => {
  const response = await fetch(`${rig.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: resultDocument, variables: { id } }),
  });
  return response.text();
};

export interface TaskStep {
  readonly taskProgress: { readonly task: SeenTask };
}

/** Watches one task. */
export const watchTask = (rig: GatewayRig, id: string): Watch<TaskStep> =>
  rig.subscribe<TaskStep>(`subscription P($id: ID!) { taskProgress(id: $id) { task { ${taskFields} } } }`, { id });

/** Watches one task to its end. */
export const stepsOf = async (rig: GatewayRig, id: string): Promise<readonly SeenTask[]> => {
  const watching = watchTask(rig, id);
  await watching.ended;
  return watching.seen.map(({ taskProgress }) => taskProgress.task);
};
