import { afterEach, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import {
  type ClientOptions,
  CloseJobDocument,
  createClient,
  JobDetailDocument,
  JobListDocument,
  JobListLiveDocument,
  TaskProgressDocument,
  type VigilClient,
  VigilClientError,
} from '../../../src/client/index.js';
import { createLiveDoor } from '../../../src/client/live-door.js';
import { aJob, anUpdate, aPage, aTask } from './samples.js';
import { createSilencingProxy } from './silencing-proxy.js';
import { createToyGateway, type ToyGateway, type ToyOptions } from './toy-gateway.js';

const open: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.dispose();
});

const toy = async (options: ToyOptions = {}): Promise<ToyGateway> => {
  const gateway = await createToyGateway(options);
  open.push(gateway);
  return gateway;
};

const clientOf = (url: string, options: Partial<ClientOptions> = {}): VigilClient => {
  const client = createClient({ url, webSocketImpl: WebSocket, ...options });
  open.push(client);
  return client;
};

const failureOf = async (promise: Promise<unknown>): Promise<VigilClientError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(VigilClientError);
  return error as VigilClientError;
};

/** A signal between the test and a toy's resolver. */
const createGate = () => {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
};

describe('queries and mutations', () => {
  it('sends a typed document with its variables and answers the data', async () => {
    const gateway = await toy({ root: { jobs: () => aPage([aJob()]), backends: () => [] } });
    const { jobs } = await clientOf(gateway.url).query(JobListDocument, { filter: { backends: ['backend:es-prod'] }, first: 5 });
    expect(jobs.edges.map(({ node }) => node.id)).toEqual(['job:es-prod:total-requests']);
    expect(gateway.requests[0]?.variables).toEqual({ filter: { backends: ['backend:es-prod'] }, first: 5 });
  });

  it('hands over a refused verb as data: its errors are part of the payload', async () => {
    const refusal = { __typename: 'WrongStateError', code: 'WRONG_STATE', message: 'It is closed.', path: ['input', 'jobId'] };
    const gateway = await toy({ root: { closeJob: () => ({ job: aJob('a', { state: 'CLOSED' }), task: null, errors: [refusal] }) } });
    const { closeJob } = await clientOf(gateway.url).mutate(CloseJobDocument, { input: { jobId: 'job:es-prod:a' } });
    expect(closeJob.errors).toEqual([refusal]);
    expect(closeJob.job?.state).toBe('CLOSED');
  });

  it('takes the URL of the gateway or of its endpoint, below any path', async () => {
    const gateway = await toy({ root: { job: () => null } });
    for (const url of [gateway.url, `${gateway.url}/`, `${gateway.url}/graphql`, `${gateway.url}/behind/a/proxy/`]) {
      expect(await clientOf(url).query(JobDetailDocument, { id: 'job:es-prod:a' })).toEqual({ job: null });
    }
  });

  it('sends token and headers', async () => {
    const gateway = await toy({ root: { job: () => null }, token: 'sesame' });
    await clientOf(gateway.url, { token: 'sesame', headers: { 'x-team': 'ml' } }).query(JobDetailDocument, { id: 'job:es-prod:a' });
    expect(gateway.requests[0]?.headers).toMatchObject({ authorization: 'Bearer sesame', 'x-team': 'ml' });
  });

  it('rejects with the code of the first error, and keeps all of them and the data', async () => {
    const body = JSON.stringify({
      data: { job: null },
      errors: [
        {
          message: 'es-prod does not answer.',
          path: ['job'],
          extensions: { code: 'BACKEND_UNAVAILABLE', backend: 'es-prod', retryable: true, requestId: 'r-1' },
        },
      ],
    });
    const gateway = await toy({ respond: { status: 200, body } });
    const error = await failureOf(clientOf(gateway.url).query(JobDetailDocument, { id: 'job:es-prod:a' }));
    expect(error).toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      message: 'es-prod does not answer.',
      backend: 'es-prod',
      requestId: 'r-1',
      retryable: true,
      data: { job: null },
    });
    expect(error.errors).toHaveLength(1);
  });

  it.each([
    ['HTML', 200, '<html>welcome</html>', 'NOT_A_GATEWAY'],
    ['JSON that is no answer', 200, '{"tagline":"You Know, for Search"}', 'NOT_A_GATEWAY'],
    ['an empty body', 502, '', 'NOT_A_GATEWAY'],
    ['a refusal', 401, 'no', 'FORBIDDEN'],
    ['a refusal by a proxy', 403, '<html/>', 'FORBIDDEN'],
  ])('tells %s from an answer', async (_what, status, body, code) => {
    const gateway = await toy({ respond: { status, body } });
    expect((await failureOf(clientOf(gateway.url).query(JobDetailDocument, { id: 'job:es-prod:a' }))).code).toBe(code);
  });

  it('says where nobody answers', async () => {
    const gateway = await toy();
    await gateway.dispose();
    const error = await failureOf(clientOf(gateway.url).query(JobDetailDocument, { id: 'job:es-prod:a' }));
    expect(error.code).toBe('GATEWAY_UNREACHABLE');
    expect(error.retryable).toBe(true);
    expect(error.message).toContain('ECONNREFUSED');
  });

  it("rejects with the signal's own reason when it is aborted", async () => {
    const gate = createGate();
    const job = () => {
      gate.open();
      return new Promise(() => undefined);
    };
    const gateway = await toy({ root: { job } });
    const stop = new AbortController();
    const pending = clientOf(gateway.url).query(JobDetailDocument, { id: 'job:es-prod:a' }, { signal: stop.signal });
    await gate.passed;
    stop.abort('enough');
    await expect(pending).rejects.toBe('enough');
  });

  it.each(['not a url', 'ftp://vigil', ''])('refuses the URL "%s" at once', (url) => {
    expect(() => createClient({ url, webSocketImpl: WebSocket })).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  });
});

describe('subscriptions', () => {
  it('yields every event and ends when the gateway completes', async () => {
    const gateway = await toy({
      root: {
        async *taskProgress() {
          for (const [cursor, progress] of [
            ['c1', 0.1],
            ['c2', 0.9],
          ] as const)
            yield { taskProgress: { cursor, task: aTask('t', { progress }) } };
        },
      },
    });
    const seen: (number | null)[] = [];
    for await (const { taskProgress } of clientOf(gateway.url).subscribe(TaskProgressDocument, { id: 'task:es-prod:t' }))
      seen.push(taskProgress.task.progress);
    expect(seen).toEqual([0.1, 0.9]);
  });

  it('goes on after a cut connection where it was: with the last cursor, and without telling its reader', async () => {
    const states: string[] = [];
    const gateway = await toy({
      root: {
        async *jobsChanged() {
          // The first connection gives two events and then nothing; the second goes on and ends.
          if (gateway.subscribes.length === 1) {
            yield { jobsChanged: anUpdate('c1', { reset: true }) };
            yield { jobsChanged: anUpdate('c2') };
            await new Promise(() => undefined);
          }
          yield { jobsChanged: anUpdate('c3') };
        },
      },
    });
    const seen: string[] = [];
    const live = clientOf(gateway.url, { onConnection: (state) => states.push(state) }).subscribe(JobListLiveDocument, { after: 'c0' });
    for await (const { jobsChanged } of live) {
      seen.push(jobsChanged.cursor);
      if (jobsChanged.cursor === 'c2') gateway.cut();
    }
    expect(seen).toEqual(['c1', 'c2', 'c3']);
    expect(gateway.subscribes.map(({ extensions }) => extensions)).toEqual([{}, { vigil: { after: 'c2' } }]);
    expect(gateway.subscribes.map(({ variables }) => variables)).toEqual([{ after: 'c0' }, { after: 'c0' }]);
    expect(states).toEqual(['connected', 'lost', 'connected']);
  });

  it('waits for a gateway that restarts', async () => {
    const root = {
      async *jobsChanged() {
        yield { jobsChanged: anUpdate(`from-${generation}`) };
        if (generation === 1) await new Promise(() => undefined);
      },
    };
    let generation = 1;
    const first = await toy({ root });
    const seen: string[] = [];
    for await (const { jobsChanged } of clientOf(first.url).subscribe(JobListLiveDocument, {})) {
      seen.push(jobsChanged.cursor);
      if (generation === 1) {
        generation = 2;
        await first.dispose();
        const second = await toy({ root, port: first.port });
        expect(second.port).toBe(first.port);
      }
    }
    expect(seen).toEqual(['from-1', 'from-2']);
  });

  it('carries several views over one socket, and closes it with the last', async () => {
    const gateway = await toy({
      root: {
        async *jobsChanged() {
          yield { jobsChanged: anUpdate('c1') };
          await new Promise(() => undefined);
        },
      },
    });
    const client = clientOf(gateway.url);
    const views = [client.subscribe(JobListLiveDocument, {}), client.subscribe(JobListLiveDocument, { filter: { busy: true } })];
    for (const view of views) expect((await view.next()).value?.jobsChanged.cursor).toBe('c1');
    expect(gateway.sockets()).toBe(1);
    for (const view of views) await view.return?.();
    await expect.poll(() => gateway.sockets()).toBe(0);
  });

  it('leaving the loop ends the view at the gateway', async () => {
    const left = createGate();
    const gateway = await toy({
      root: {
        jobsChanged() {
          let sent = false;
          return {
            [Symbol.asyncIterator]() {
              return this;
            },
            next: () => {
              if (sent) return new Promise(() => undefined);
              sent = true;
              return Promise.resolve({ done: false, value: { jobsChanged: anUpdate('c1') } });
            },
            return: () => {
              left.open();
              return Promise.resolve({ done: true, value: undefined });
            },
          };
        },
      },
    });
    for await (const _update of clientOf(gateway.url).subscribe(JobListLiveDocument, {})) break;
    await left.passed;
  });

  it('throws the errors of an event, with their code', async () => {
    const gateway = await toy({
      root: {
        async *jobsChanged() {
          yield { jobsChanged: null };
        },
      },
    });
    const error = await failureOf(clientOf(gateway.url).subscribe(JobListLiveDocument, {}).next());
    expect(error.message).toContain('jobsChanged');
  });

  it('throws the errors that keep a view from beginning', async () => {
    const gateway = await toy();
    const live = clientOf(gateway.url).subscribe(JobListLiveDocument, { filter: { states: ['NO_SUCH_STATE' as never] } });
    expect((await failureOf(live.next())).message).toContain('NO_SUCH_STATE');
  });

  it('says at once where no gateway is', async () => {
    const gateway = await toy();
    await gateway.dispose();
    const error = await failureOf(clientOf(gateway.url).subscribe(JobListLiveDocument, {}).next());
    expect(error.code).toBe('GATEWAY_UNREACHABLE');
  });

  it('shows its token when the socket opens, and says so when it is not accepted', async () => {
    const gateway = await toy({
      token: 'sesame',
      root: {
        async *jobsChanged() {
          yield { jobsChanged: anUpdate('c1') };
        },
      },
    });
    expect((await clientOf(gateway.url, { token: 'sesame' }).subscribe(JobListLiveDocument, {}).next()).value?.jobsChanged.cursor).toBe(
      'c1',
    );
    expect(gateway.inits[0]).toMatchObject({ authorization: 'Bearer sesame' });
    expect((await failureOf(clientOf(gateway.url, { token: 'open' }).subscribe(JobListLiveDocument, {}).next())).code).toBe('FORBIDDEN');
  });

  it.each([[4500], [4406], [4429]])('does not come back after the gateway closed with %i', async (code) => {
    const gateway = await toy({
      root: {
        async *jobsChanged() {
          yield { jobsChanged: anUpdate('c1') };
          await new Promise(() => undefined);
        },
      },
    });
    const live = clientOf(gateway.url).subscribe(JobListLiveDocument, {});
    await live.next();
    gateway.close(code, 'no');
    expect((await failureOf(live.next())).code).toBe('NOT_A_GATEWAY');
    expect(gateway.subscribes).toHaveLength(1);
  });

  it('ends with the reason of an aborted signal, also one that was aborted before', async () => {
    const gateway = await toy({
      root: {
        async *jobsChanged() {
          yield { jobsChanged: anUpdate('c1') };
          await new Promise(() => undefined);
        },
      },
    });
    const client = clientOf(gateway.url);
    const stop = new AbortController();
    const live = client.subscribe(JobListLiveDocument, {}, { signal: stop.signal });
    await live.next();
    const pending = live.next();
    stop.abort('enough');
    await expect(pending).rejects.toBe('enough');
    await expect(client.subscribe(JobListLiveDocument, {}, { signal: AbortSignal.abort('before') }).next()).rejects.toBe('before');
  });
});

describe('a connection that is there no more', () => {
  const root = {
    async *jobsChanged() {
      yield { jobsChanged: anUpdate('c1') };
      await new Promise(() => undefined);
    },
  };

  it('is noticed though nothing says so, and the view goes on over a new one', async () => {
    const gateway = await toy({
      root: {
        async *jobsChanged() {
          if (gateway.subscribes.length === 1) yield* root.jobsChanged();
          yield { jobsChanged: anUpdate('c2') };
        },
      },
    });
    const proxy = await createSilencingProxy(gateway.port);
    open.push(proxy);
    const timing = { pingEveryMs: 20, pongWithinMs: 500, acknowledgeWithinMs: 5000 };
    const door = createLiveDoor({ url: `ws://127.0.0.1:${proxy.port}/graphql`, connectionParams: {}, webSocketImpl: WebSocket, timing });
    open.push(door);
    const live = door.subscribe(JobListLiveDocument, {});
    expect((await live.next()).value?.jobsChanged.cursor).toBe('c1');
    proxy.silence();
    expect((await live.next()).value?.jobsChanged.cursor).toBe('c2');
    expect(gateway.subscribes.at(-1)?.extensions).toEqual({ vigil: { after: 'c1' } });
  });

  it('tells nothing any more once it was given up, though frames were under way on it', async () => {
    const [stale, fresh] = [createGate(), createGate()];
    const gateway = await toy({
      root: {
        async *jobsChanged() {
          const isFirst = gateway.subscribes.length === 1;
          yield { jobsChanged: anUpdate(isFirst ? 'c1' : 'c2') };
          await (isFirst ? stale : fresh).passed;
          yield { jobsChanged: anUpdate(isFirst ? 'stale' : 'c3') };
        },
      },
    });
    const proxy = await createSilencingProxy(gateway.port);
    open.push(proxy);
    const timing = { pingEveryMs: 20, pongWithinMs: 500, acknowledgeWithinMs: 5000 };
    const door = createLiveDoor({ url: `ws://127.0.0.1:${proxy.port}/graphql`, connectionParams: {}, webSocketImpl: WebSocket, timing });
    open.push(door);
    const live = door.subscribe(JobListLiveDocument, {});
    expect((await live.next()).value?.jobsChanged.cursor).toBe('c1');
    proxy.silence();
    stale.open();
    expect((await live.next()).value?.jobsChanged.cursor).toBe('c2');
    proxy.speak();
    await vi.waitUntil(() => gateway.sockets() === 1, { timeout: 5_000 });
    fresh.open();
    expect((await live.next()).value?.jobsChanged.cursor).toBe('c3');
  });

  it('is given up and tried again when nobody answers while it is opened', async () => {
    const gateway = await toy({
      root: {
        async *jobsChanged() {
          yield { jobsChanged: anUpdate(`c${gateway.subscribes.length}`) };
          await new Promise(() => undefined);
        },
      },
    });
    const proxy = await createSilencingProxy(gateway.port);
    open.push(proxy);
    const timing = { pingEveryMs: 1000, pongWithinMs: 1000, acknowledgeWithinMs: 50 };
    const door = createLiveDoor({ url: `ws://127.0.0.1:${proxy.port}/graphql`, connectionParams: {}, webSocketImpl: WebSocket, timing });
    open.push(door);
    const live = door.subscribe(JobListLiveDocument, {});
    expect((await live.next()).value?.jobsChanged.cursor).toBe('c1');
    proxy.sleep();
    await vi.waitUntil(() => proxy.slept() >= 2, { timeout: 10_000 });
    proxy.wake();
    expect((await live.next()).value?.jobsChanged.cursor).toBe('c2');
  });

  it('is told once, however often coming back fails', async () => {
    const gateway = await toy({ root });
    const proxy = await createSilencingProxy(gateway.port);
    open.push(proxy);
    const states: string[] = [];
    const back = createGate();
    const client = clientOf(`http://127.0.0.1:${proxy.port}`, {
      onConnection: (state) => {
        states.push(state);
        if (states.length === 3) back.open();
      },
    });
    const live = client.subscribe(JobListLiveDocument, {});
    await live.next();
    proxy.refuse(2);
    await back.passed;
    expect(states).toEqual(['connected', 'lost', 'connected']);
    expect(proxy.refused()).toBe(2);
  });

  it('is not opened again by a gateway that no longer lets the client in', async () => {
    const first = await toy({ root, token: 'old' });
    const client = clientOf(first.url, { token: 'old' });
    const live = client.subscribe(JobListLiveDocument, {});
    await live.next();
    await first.dispose();
    await toy({ root, token: 'new', port: first.port });
    expect((await failureOf(live.next())).code).toBe('FORBIDDEN');
  });
});

describe('without a WebSocket', () => {
  it('queries work, and a view says what is missing', async () => {
    const gateway = await toy({ root: { job: () => null } });
    const client = createClient({ url: gateway.url, webSocketImpl: class {} });
    open.push(client);
    expect(await client.query(JobDetailDocument, { id: 'job:es-prod:a' })).toEqual({ job: null });
    expect(() => client.subscribe(JobListLiveDocument, {})).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringContaining('webSocketImpl') }),
    );
  });
});

describe('the end of a client', () => {
  it('ends its views quietly and may come twice', async () => {
    const gateway = await toy({
      root: {
        async *jobsChanged() {
          yield { jobsChanged: anUpdate('c1') };
          await new Promise(() => undefined);
        },
      },
    });
    const client = clientOf(gateway.url);
    const live = client.subscribe(JobListLiveDocument, {});
    await live.next();
    const pending = live.next();
    await client.dispose();
    expect(await pending).toEqual({ done: true, value: undefined });
    await client.dispose();
    await expect.poll(() => gateway.sockets()).toBe(0);
  });

  it('does not wait for a gateway that is away', async () => {
    const gateway = await toy({
      root: {
        async *jobsChanged() {
          yield { jobsChanged: anUpdate('c1') };
          await new Promise(() => undefined);
        },
      },
    });
    const lost = createGate();
    const client = clientOf(gateway.url, { onConnection: (state) => state === 'lost' && lost.open() });
    const live = client.subscribe(JobListLiveDocument, {});
    await live.next();
    await gateway.dispose();
    await lost.passed;
    await client.dispose();
    expect(await live.next()).toEqual({ done: true, value: undefined });
  });
});
