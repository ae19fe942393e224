import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/instances/eventually.js';
import type { Instance } from '../../support/instances/instance.js';
import { createInstances, type Instances } from '../../support/instances/instances.js';
import { asIfNothingHadHappened, createScene, type Scene } from '../../support/instances/scene.js';
import { redisIsMissing, withoutRedis } from '../../support/real-redis.js';

interface Payload {
  readonly task: { readonly id: string; readonly state: string } | null;
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}
interface Request {
  readonly verb: 'closeJob' | 'resetJob';
  readonly job: string;
  readonly input: Readonly<Record<string, unknown>>;
}

let instances: Instances;
let scene: Scene;

const requestOf = (verb: Request['verb'], job: string, waitMs: number): Request => ({
  verb,
  job,
  input: { jobId: `job:es:${job}`, idempotencyKey: randomUUID(), waitMs },
});
const send = async (instance: Instance, { verb, input }: Request): Promise<Payload> => {
  const type = `${verb.charAt(0).toUpperCase()}${verb.slice(1)}Input`;
  const data = await instance.ask<Readonly<Record<string, Payload>>>(
    `mutation V($input: ${type}!) { ${verb}(input: $input) { task { id state } errors { code message } } }`,
    { input },
  );
  return data[verb] ?? { task: null, errors: [] };
};
const actions = { closeJob: '_close', resetJob: '_reset' } as const;
/** Times the vendor was told to. */
const sent = ({ verb, job }: Request): number =>
  instances.vendors.received.filter(({ path }) => path.startsWith(`/_ml/anomaly_detectors/${job}/${actions[verb]}`)).length;
const untilSent = (request: Request) =>
  eventually(
    () => sent(request),
    (count) => count > 0,
  );
const stateAt = async (instance: Instance, id: string): Promise<string | undefined> =>
  (await instance.ask<{ readonly task: { readonly state: string } | null }>('query T($id: ID!) { task(id: $id) { state } }', { id })).task
    ?.state;
const closesOf = async (instance: Instance, job: string): Promise<readonly string[]> =>
  (
    await instance.ask<{ readonly tasks: { readonly nodes: readonly { readonly id: string }[] } }>(
      'query C($jobs: [ID!]) { tasks(filter: { jobs: $jobs, kinds: [CLOSE] }) { nodes { id } } }',
      { jobs: [`job:es:${job}`] },
    )
  ).tasks.nodes.map(({ id }) => id);

describe.skipIf(withoutRedis())(`a mutation with a key, repeated at another instance (${redisIsMissing})`, { timeout: 120_000 }, () => {
  beforeAll(async () => {
    instances = await createInstances();
  });
  afterAll(() => instances.dispose());
  beforeEach(async () => {
    scene = await createScene(instances, { count: 2 });
  });
  afterEach(() => scene.dispose());

  it('acts once: during the first, after it, and after the first instance was killed in the middle', async () => {
    const { vendors } = instances;
    const [a, b, c] = instances.all;
    if (!a || !b || !c) throw new TypeError('three are needed');
    await vendors.job('slow', { state: 'opened', closeMs: 2_000 });
    const once = requestOf('closeJob', 'slow', 20_000);
    const first = send(a, once);
    await untilSent(once);
    const [answered, repeated] = await Promise.all([first, send(b, once)]);
    expect(answered).toMatchObject({ task: { state: 'SUCCEEDED' }, errors: [] });
    expect(repeated).toEqual(answered);
    expect(await send(c, once)).toEqual(answered);
    scene.load.keep({ taskId: answered.task?.id ?? '', what: 'slow', end: () => 'SUCCEEDED', done: () => sent(once) });

    // A close that only the one that dies waits for, and a reset that has begun and was not answered yet.
    await vendors.job('slower', { state: 'opened', closeMs: 4_000 });
    await vendors.job('unsaid', { resetMs: 3_000 });
    vendors.es.setFaults([{ route: 'POST /_ml/anomaly_detectors/{id}/_reset', hang: true }]);
    const [close, reset] = [requestOf('closeJob', 'slower', 20_000), requestOf('resetJob', 'unsaid', 0)];
    const unanswered = [close, reset].map((request) => send(a, request).catch((error: unknown) => error));
    await Promise.all([untilSent(close), untilSent(reset)]);
    await a.kill();
    vendors.es.setFaults([]);
    for (const answer of await Promise.all(unanswered)) expect(answer).toBeInstanceOf(Error);

    const [closed, again] = await Promise.all([send(b, close), send(c, reset)]);
    expect(again).toMatchObject({ task: null, errors: [{ code: 'CONFLICT', message: expect.stringContaining('interrupted') }] });
    // What became of the close may be told as its task, or as not known.
    expect([closed.task === null, closed.errors.map(({ code }) => code)]).toEqual(closed.task ? [false, []] : [true, ['CONFLICT']]);
    expect([sent(close), sent(reset)]).toEqual([1, 1]);
    const [taskId = '', ...others] = await closesOf(b, 'slower');
    expect(others).toEqual([]);
    scene.load.keep({
      taskId,
      what: 'slower',
      end: (truth) => (truth.isClosed('slower') ? 'SUCCEEDED' : undefined),
      done: () => sent(close),
    });
    for (const instance of [b, c])
      await eventually(
        () => stateAt(instance, taskId),
        (state) => state === 'SUCCEEDED',
      );
    const later = await send(c, close);
    expect({ task: later.task?.id, errors: later.errors }).toEqual({ task: closed.task?.id, errors: closed.errors });
    expect(await scene.judge('a mutation repeated at other instances')).toMatchObject(asIfNothingHadHappened);
    expect([sent(once), sent(close), sent(reset)]).toEqual([1, 1, 1]);
  });
});
