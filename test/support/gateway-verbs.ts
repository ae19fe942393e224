import type { GatewayRig, Variables } from './gateway-rig.js';

/** What must never be in an answer: where a backend is, what was sent to it, what it sent, and where in the code something happened. */
export const leaksIn = (answers: readonly string[], secrets: readonly string[]): readonly string[] => {
  const patterns = [
    /https?:\/\//,
    /127\.0\.0\.1|localhost/,
    /\/_ml\/|\/_tasks/,
    /node_modules|\bat \w+.*\.[jt]s:\d+|\\n\s+at /,
    /authorization/i,
  ];
  return answers.flatMap((answer) => [
    ...patterns.flatMap((pattern) => pattern.exec(answer)?.[0] ?? []),
    ...secrets.filter((secret) => answer.includes(secret)),
  ]);
};

/** What every mutation of these tests asks for. */
export const errorFields = `
  __typename code message path
  ... on ConflictError { task { id kind state } }
  ... on UnsupportedActionError { action supported }
  ... on RefusedError { vendorMessage retryAfterMs }
  ... on ForbiddenError { missing }
  ... on BackendUnavailableError { retryAfterMs outcomeUnknown backend { id key } }
`;

export interface SeenError {
  readonly __typename: string;
  readonly code: string;
  readonly message: string;
  readonly path: readonly string[] | null;
  readonly task?: { readonly id: string; readonly kind: string; readonly state: string } | null;
  readonly supported?: readonly string[];
  readonly vendorMessage?: string | null;
  readonly retryAfterMs?: number | null;
  readonly missing?: readonly string[];
  readonly outcomeUnknown?: boolean;
}

export const jobFields = 'id nativeId state vendorState stateReason allowedActions datafeed { id state } currentTask { id kind state }';

export interface SeenJob {
  readonly id: string;
  readonly nativeId: string;
  readonly state: string;
  readonly allowedActions: readonly string[];
  readonly datafeed: { readonly id: string; readonly state: string } | null;
  readonly currentTask: { readonly id: string; readonly kind: string; readonly state: string } | null;
}

export const taskFields = `
  id nativeId kind vendorType state vendorState progress counts { current maximum unit } startedAt endedAt cancellable startedBy
  error { code message detail } job { id nativeId state }
`;

export interface SeenTask {
  readonly id: string;
  readonly nativeId: string | null;
  readonly kind: string;
  readonly vendorType: string | null;
  readonly state: string;
  readonly progress: number | null;
  readonly counts: { readonly current: number; readonly maximum: number | null; readonly unit: string | null } | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly cancellable: boolean;
  readonly error: { readonly code: string; readonly message: string; readonly detail: string | null } | null;
  readonly job: { readonly id: string; readonly nativeId: string; readonly state: string } | null;
}

export interface SeenPayload {
  readonly job: SeenJob | null;
  readonly task: SeenTask | null;
  readonly errors: readonly SeenError[];
}

export interface SeenBulk {
  readonly results: readonly (SeenPayload & { readonly jobId: string })[];
  readonly errors: readonly SeenError[];
}

/** A verb on one job: `closeJob`, with the fields of its input. */
export const verb = async (rig: GatewayRig, name: string, input: Variables): Promise<SeenPayload> => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  const data = await rig.ask<Readonly<Record<string, SeenPayload>>>(
    `mutation V($input: ${type}!) { ${name}(input: $input) { job { ${jobFields} } task { ${taskFields} } errors { ${errorFields} } } }`,
    { input },
  );
  const payload = data[name];
  if (!payload) throw new TypeError(`no ${name} in the answer`);
  return payload;
};

/** A verb on many jobs. */
export const bulkVerb = async (rig: GatewayRig, name: string, input: Variables): Promise<SeenBulk> => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  const data = await rig.ask<Readonly<Record<string, SeenBulk>>>(
    `mutation V($input: ${type}!) { ${name}(input: $input) {
      results { jobId job { ${jobFields} } task { ${taskFields} } errors { ${errorFields} } } errors { ${errorFields} } } }`,
    { input },
  );
  const payload = data[name];
  if (!payload) throw new TypeError(`no ${name} in the answer`);
  return payload;
};

export const readTask = async (rig: GatewayRig, id: string): Promise<SeenTask | null> =>
  (await rig.ask<{ readonly task: SeenTask | null }>(`query T($id: ID!) { task(id: $id) { ${taskFields} } }`, { id })).task;

export const readJob = async (rig: GatewayRig, id: string): Promise<SeenJob | null> =>
  (await rig.ask<{ readonly job: SeenJob | null }>(`query J($id: ID!) { job(id: $id) { ${jobFields} } }`, { id })).job;

/** The last state a task comes to, heard over the WebSocket. */
export const endOfTask = async (rig: GatewayRig, id: string): Promise<SeenTask> => {
  const progress = rig.subscribe<{ readonly taskProgress: { readonly task: SeenTask } }>(
    `subscription P($id: ID!) { taskProgress(id: $id) { task { ${taskFields} } } }`,
    { id },
  );
  await progress.ended;
  const last = progress.seen.at(-1);
  if (!last) throw new TypeError(`nothing came of ${id}`);
  return last.taskProgress.task;
};
