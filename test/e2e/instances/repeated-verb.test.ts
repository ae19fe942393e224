import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/gateway-rig.js';
import type { Instance } from '../../support/instances/instance.js';
import { asIfNothingHadHappened, createScene, type Scene } from '../../support/instances/scene.js';
import { redisIsMissing, withoutRedis } from '../../support/real-redis.js';

interface Payload {
  readonly task: { readonly id: string; readonly state: string } | null;
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}
interface Request {
  readonly verb: 'closeJob' | 'resetJob';
  readonly input: Readonly<Record<string, unknown>>;
}

const resetRoute = 'POST /_ml/anomaly_detectors/{id}/_reset';
let scene: Scene;

const send = async (instance: Instance | undefined, { verb, input }: Request): Promise<Payload> => {
  const type = `${verb.charAt(0).toUpperCase()}${verb.slice(1)}Input`;
  const data = await instance?.ask<Readonly<Record<string, Payload>>>(
    `mutation V($input: ${type}!) { ${verb}(input: $input) { task { id state } errors { code message } } }`,
    { input },
  );
  return data?.[verb] ?? { task: null, errors: [] };
};
/** Times the vendor was told to. */
const sent = (job: string, action: '_close' | '_reset'): number =>
  scene.vendors.received.filter(({ path }) => path.startsWith(`/_ml/anomaly_detectors/${job}/${action}`)).length;
const isUnderWay = async (job: string, action: '_close' | '_reset'): Promise<void> =>
  void (await eventually(
    () => sent(job, action),
    (count) => count > 0,
  ));
const close = (job: string): Request => ({
  verb: 'closeJob',
  input: { jobId: `job:es:${job}`, idempotencyKey: randomUUID(), waitMs: 20_000 },
});
const stateAt = async (instance: Instance, id: string): Promise<string | undefined> =>
  (await instance.ask<{ readonly task: { readonly state: string } | null }>('query T($id: ID!) { task(id: $id) { state } }', { id })).task
    ?.state;

describe.skipIf(withoutRedis())(`a mutation with a key, repeated at another instance (${redisIsMissing})`, { timeout: 90_000 }, () => {
  beforeEach(async () => {
    scene = await createScene({ watchers: { count: 2 } });
  });
  afterEach(() => scene.dispose());

  it('acts once: during the first, after it, and after the first instance was killed', async () => {
    const { vendors, load } = scene;
    const [a, b, c] = scene.all;
    await vendors.es.job('slow', { state: 'opened', closeMs: 2_500 });
    const once = close('slow');
    const first = send(a, once);
    await isUnderWay('slow', '_close');
    const [answered, repeated] = await Promise.all([first, send(b, once)]);
    expect(answered).toMatchObject({ task: { state: 'SUCCEEDED' }, errors: [] });
    expect(repeated).toEqual(answered);
    expect(await send(c, once)).toEqual(answered);
    expect(sent('slow', '_close')).toBe(1);
    load.keep({ taskId: answered.task?.id ?? '', what: 'slow', end: () => 'SUCCEEDED', done: () => sent('slow', '_close') });

    // A close that only the instance that dies was waiting for.
    await vendors.es.job('slower', { state: 'opened', closeMs: 4_000 });
    const cut = close('slower');
    const unanswered = send(a, cut).catch((error: unknown) => error);
    await isUnderWay('slower', '_close');
    await a?.kill();
    expect(await unanswered).toBeInstanceOf(Error);
    // What became of it may be told as the task, or as not known; it is not sent again.
    const { task, errors } = await send(b, cut);
    expect({ told: task !== null || errors[0]?.code === 'CONFLICT', sent: sent('slower', '_close') }).toEqual({ told: true, sent: 1 });
    const { tasks } = await (b as Instance).ask<{
      readonly tasks: { readonly nodes: readonly { readonly id: string; readonly kind: string }[] };
    }>('{ tasks(filter: { jobs: ["job:es:slower"] }) { nodes { id kind } } }');
    expect(tasks.nodes).toMatchObject([{ kind: 'CLOSE' }]);
    const taskId = tasks.nodes[0]?.id ?? '';
    load.keep({
      taskId,
      what: 'slower',
      end: (truth) => (truth.isClosed('slower') ? 'SUCCEEDED' : undefined),
      done: () => sent('slower', '_close'),
    });
    for (const instance of [b, c])
      if (instance)
        await eventually(
          () => stateAt(instance, taskId),
          (state) => state === 'SUCCEEDED',
        );
    expect(await send(c, cut)).toMatchObject(errors.length > 0 ? { errors: [{ code: 'CONFLICT' }] } : { task: { id: taskId }, errors: [] });

    // The vendor has begun, and the instance dies before it is told so.
    await vendors.es.job('unsaid', { resetMs: 3_000 });
    vendors.es.setFaults([{ route: resetRoute, hang: true }]);
    const unsaid: Request = { verb: 'resetJob', input: { jobId: 'job:es:unsaid', idempotencyKey: randomUUID() } };
    const lost = send(b, unsaid).catch((error: unknown) => error);
    await isUnderWay('unsaid', '_reset');
    await b?.kill();
    vendors.es.setFaults([]);
    expect(await lost).toBeInstanceOf(Error);
    expect(await send(c, unsaid)).toMatchObject({
      task: null,
      errors: [{ code: 'CONFLICT', message: expect.stringContaining('interrupted') }],
    });
    expect(sent('unsaid', '_reset')).toBe(1);
    expect(await scene.judge('a mutation repeated at other instances')).toMatchObject(asIfNothingHadHappened);
  });
});
