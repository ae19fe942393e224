import { createCipheriv } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type { VendorAdapter } from '../../../src/domain/index.js';
import { VigilError } from '../../../src/errors.js';
import { errorOf } from '../support/connect.js';
import { memoryBody } from './results/support.js';
import { type Answer, adapted, call, envelope, info, secretText } from './rig.js';

const none = new Set<string>();
const results = ({ results: members }: VendorAdapter) => members ?? expect.fail('it hands no results over');

/** Keeps what it is handed, and how often it was. */
const keeper = () => {
  const kept: string[] = [];
  return {
    kept,
    keep: async (body: AsyncIterable<Uint8Array>) => {
      const pieces: Buffer[] = [];
      for await (const piece of body) pieces.push(Buffer.from(piece));
      kept.push(Buffer.concat(pieces).toString('utf8'));
    },
  };
};

const collecting = async (answer: Answer, more: Parameters<typeof adapted>[1] = {}) => {
  const server = await adapted(() => answer, more);
  const { kept, keep } = keeper();
  return { ...server, kept, collect: (id = '4') => results(server.adapter).collect(id, keep, none, call()) };
};

const finished = '{"statusCode":"OK","statusString":"Job is finished", "values":{"pcaSumValues": NaN}}';

describe('collecting a job', () => {
  it('that is finished hands its body over byte for byte, and asks once', async () => {
    const { collect, kept, got, seen } = await collecting({ status: 200, body: finished });
    expect(await collect()).toEqual({ kind: 'finished' });
    expect(kept).toEqual([finished]);
    expect(got.map(({ method, target }) => `${method} ${target}`)).toEqual(['GET /symetry/rest/c1/jobs/4']);
    expect(seen.answers).toEqual(['GET /jobs/{id} 200']);
  });

  it('that is not finished tells how far it is', async () => {
    const { collect, kept } = await collecting(envelope(202, 'Job still running', { jobinfo: info(4) }));
    expect(await collect()).toMatchObject({
      kind: 'unfinished',
      job: { id: 'job:sym:4', state: 'RUNNING', processed: { current: 22 } },
      task: { id: 'task:sym:4', state: 'RUNNING', progress: 0.22 },
    });
    expect(kept).toEqual([]);
  });

  it.each([
    ['nothing, as in the documents', {}],
    ['another job', { jobinfo: info(5) }],
    ['something else', { jobinfo: { pid: 'p' } }],
  ])('that is not finished, and whose answer tells of %s', async (_, values) => {
    const { collect } = await collecting(envelope(202, 'Job still running', values));
    expect(await collect()).toEqual({ kind: 'unfinished', job: null, task: null });
  });

  it('that is not there is absent', async () => {
    const { collect, kept, got } = await collecting(envelope(400, 'No such job'));
    expect(await collect()).toEqual({ kind: 'absent' });
    expect(await collect('4/../5')).toEqual({ kind: 'absent' });
    expect(kept).toEqual([]);
    expect(got).toHaveLength(1);
  });

  it('that is answered 500 may have failed, in the words of the server', async () => {
    const { collect, kept, got } = await collecting(envelope(500, 'Singular matrix'));
    expect(await collect()).toMatchObject({
      kind: 'failed',
      error: { code: 'BACKEND_UNAVAILABLE', facts: { vendorMessage: 'Singular matrix', httpStatus: 500 } },
    });
    expect(kept).toEqual([]);
    expect(got).toHaveLength(1);
  });
});

describe('a result that does not come whole', () => {
  it('is an error to whoever keeps it, and says that it may be lost', async () => {
    const { collect, kept, connections } = await collecting({ status: 200, body: finished, after: { bytes: 20, end: 'cut' } });
    expect(await errorOf(collect())).toMatchObject({ code: 'BACKEND_UNAVAILABLE', facts: { outcomeUnknown: true, httpStatus: 200 } });
    expect(kept).toEqual([]);
    await vi.waitFor(async () => expect(await connections()).toBe(0));
  });

  it('is given up when nothing comes for as long as a request may take', async () => {
    const http = { requestTimeoutMs: 80, connectTimeoutMs: 2_000, maxResponseBytes: 1_000, maxConnections: 1, maxRetries: 0 };
    const { collect, connections } = await collecting(
      { status: 200, body: finished, after: { bytes: 20, end: 'silence' } },
      { http: { ...http, breakerThreshold: 10, breakerResetMs: 10 } },
    );
    expect(await errorOf(collect())).toMatchObject({ code: 'TIMEOUT', facts: { outcomeUnknown: true } });
    await vi.waitFor(async () => expect(await connections()).toBe(0));
  });

  it('may be larger than any other answer', async () => {
    const http = { requestTimeoutMs: 5_000, connectTimeoutMs: 2_000, maxResponseBytes: 10, maxConnections: 1, maxRetries: 0 };
    const { collect, kept } = await collecting(
      { status: 200, body: 'x'.repeat(300_000) },
      { http: { ...http, breakerThreshold: 10, breakerResetMs: 10 } },
    );
    expect(await collect()).toEqual({ kind: 'finished' });
    expect(kept[0]).toHaveLength(300_000);
  });

  it('ends with whoever fails to keep it, in his words', async () => {
    const { adapter, connections } = await adapted(() => ({ status: 200, body: finished, after: { bytes: 20, end: 'silence' } }));
    const full = new VigilError('INTERNAL', 'The disk is full.');
    const early = results(adapter).collect('4', () => Promise.reject(full), none, call());
    expect(await errorOf(early)).toBe(full);
    const midway = async (body: AsyncIterable<Uint8Array>) => {
      for await (const _piece of body) throw full;
    };
    expect(await errorOf(results(adapter).collect('4', midway, none, call()))).toBe(full);
    await vi.waitFor(async () => expect(await connections()).toBe(0));
  });

  it('ends when nobody wants it any more', async () => {
    const { adapter, connections } = await adapted(() => ({ status: 200, body: finished, after: { bytes: 20, end: 'silence' } }));
    const given = new AbortController();
    const { keep } = keeper();
    const reading = async (body: AsyncIterable<Uint8Array>) => {
      given.abort();
      await keep(body);
    };
    const ended = results(adapter).collect('4', reading, none, call(10_000, { signal: given.signal }));
    expect(await errorOf(ended)).toMatchObject({ code: 'BACKEND_UNAVAILABLE', facts: { outcomeUnknown: true } });
    await vi.waitFor(async () => expect(await connections()).toBe(0));
  });
});

describe('a question that was not answered', () => {
  it.each<[string, Answer, string, boolean]>([
    ['refused credentials', envelope(401, 'Invalid Signature'), 'FORBIDDEN', false],
    ['a clock that is off', envelope(400, 'Invalid Request Date'), 'FORBIDDEN', false],
    ['a refusal there is no rule for', envelope(409, 'Busy'), 'CONFLICT', false],
    ['a server that is not there yet', envelope(503, 'webapp not available'), 'BACKEND_UNAVAILABLE', true],
    ['a proxy that failed', { status: 502, body: 'x', headers: { 'content-type': 'text/html' } }, 'BACKEND_UNAVAILABLE', true],
    ['a proxy that wants a login', { status: 200, body: '<html>', headers: { 'content-type': 'text/html' } }, 'BACKEND_UNAVAILABLE', true],
    ['a redirect', { status: 302, body: '', headers: { location: 'http://127.0.0.1:1/' } }, 'BACKEND_UNAVAILABLE', true],
  ])('says whether the result may be lost: %s', async (_, answer, code, outcomeUnknown) => {
    const { collect, kept } = await collecting(answer);
    expect(await errorOf(collect())).toMatchObject({ code, facts: { outcomeUnknown } });
    expect(kept).toEqual([]);
  });

  it('because nobody was there, lost nothing', async () => {
    const { adapter } = await adapted(() => envelope(200, ''), { url: new URL('http://127.0.0.1:1') });
    const error = await errorOf(results(adapter).collect('4', keeper().keep, none, call()));
    expect(error).toMatchObject({ code: 'BACKEND_UNAVAILABLE', facts: { outcomeUnknown: false } });
  });

  it('because the adapter was closed, lost nothing', async () => {
    const { adapter, got } = await adapted(() => envelope(200, ''));
    await adapter.dispose();
    await adapter.dispose();
    expect((await errorOf(results(adapter).collect('4', keeper().keep, none, call()))).facts.outcomeUnknown).toBe(false);
    expect(got).toEqual([]);
  });
});

describe('a kept result', () => {
  const aws = JSON.stringify({ queues: { 'us-east-1': ['https://sqs.us-east-1.amazonaws.com/1/q'] } });
  const encrypted = (() => {
    const cipher = createCipheriv('aes-128-cbc', Buffer.from(secretText, 'base64'), Buffer.from('LzM5QUtXZXWHm7HJ4wAePg==', 'base64'));
    return cipher.update(aws, 'utf8', 'base64') + cipher.final('base64');
  })();
  const body = memoryBody(
    `{"statusCode":"OK","statusString":"Job is finished","values":{"dataframe":{"attributeNames":["a"],"data":[["1"],["2"]]},"awsInfoEncrypted":"${encrypted}"}}`,
  );

  it('is understood from its bytes and an index that was in the store, and decrypted with the key of the account', async () => {
    const { adapter, got } = await adapted(() => envelope(200, ''));
    const members = results(adapter);
    const index: unknown = JSON.parse(JSON.stringify(await members.index(body)));
    expect(members.isIndex(index)).toBe(true);
    expect(await members.readEntities(body, index, { withRaw: false })).toMatchObject([
      { typename: 'DataFrame', name: 'dataframe', position: 0, rowCount: 2, raw: null },
      { typename: 'AwsInfoResult', position: 1, decrypted: true, queues: [{ region: 'us-east-1' }] },
    ]);
    expect(await members.readRows(body, index, 0, { from: 1, count: 5 })).toEqual([{ index: 1, cells: ['2'] }]);
    expect(await errorOf(members.readRows(body, index, 1, { from: 0, count: 1 }))).toMatchObject({ code: 'UNSUPPORTED' });
    expect(got).toEqual([]);
  });

  it.each([null, 7, [], {}, { format: 0 }, { format: '1' }])('has no use for an index of another form: %j', async (index) => {
    const { adapter } = await adapted(() => envelope(200, ''));
    const members = results(adapter);
    expect(members.isIndex(index)).toBe(false);
    expect(await errorOf(members.readRows(body, index, 0, { from: 0, count: 1 }))).toMatchObject({ code: 'INTERNAL' });
  });
});
