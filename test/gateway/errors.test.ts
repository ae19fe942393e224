import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ErrorCode, errorCatalogue, errorCodes } from '../../src/errors.js';
import type { Fault } from '../../src/simulator/simulator.js';
import {
  type BackendSetup,
  bulkVerb,
  createGatewayRig,
  eventually,
  type GatewayRig,
  leaksIn,
  sumOf,
  verb,
} from '../support/gateway-rig.js';

/** Something that must never come out again. */
const marker = 'body-of-the-backend-8f3a';
const secrets = [marker, 'pw-of-the-viewer', 'pw-that-is-wrong', 'cm9vdDp0aGUta2V5'];

/** Impatient, so that slow is soon too slow; a breaker so late that it does not answer for the backend. */
const impatient = {
  http: { requestTimeoutMs: 1_000, connectTimeoutMs: 500, maxRetries: 1, maxResponseBytes: 1_048_576, breakerThreshold: 1_000 },
};

interface Case {
  readonly what: string;
  /** Set once the gateway knows the backend. */
  readonly fault?: Omit<Fault, 'route'>;
  readonly setup?: Partial<BackendSetup>;
  readonly code: ErrorCode;
  readonly message: RegExp;
  readonly httpStatus?: number;
  readonly retryAfterMs?: number;
}

const errorBody = (status: number, type: string, reason: string) => ({ status, body: { error: { type, reason }, status } });
const page = (status: number) => ({
  status,
  body: `<html><title>${marker}</title>login at https://sso.example</html>`,
  headers: { 'content-type': 'text/html' },
});
const viewer = [{ name: 'viewer', password: 'pw-of-the-viewer', privileges: [] }];
const auth = (password: string) => ({ kind: 'basic', username: 'viewer', password });

let huge: Server;
/** Bytes that the server of endless answers has got rid of. */
let poured = 0;
const announced = 300 * 1_048_576;

const startHuge = async (): Promise<string> => {
  const chunk = Buffer.alloc(65_536, ' ');
  huge = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    let sent = 0;
    const pour = (): void => {
      while (sent < announced) {
        sent += chunk.length;
        poured += chunk.length;
        if (!response.write(chunk)) {
          response.once('drain', pour);
          return;
        }
      }
      response.end('{}');
    };
    pour();
  });
  await new Promise<void>((resolve) => huge.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(huge.address() as AddressInfo).port}`;
};

/** A port that nobody listens at. */
const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

const cases: Readonly<Record<string, Case>> = {
  down: { what: 'is down', code: 'BACKEND_UNAVAILABLE', message: /refused the connection: is it running, and is the port right\?$/ },
  reset: { what: 'breaks the connection', fault: { reset: true }, code: 'BACKEND_UNAVAILABLE', message: /connection/ },
  slow: { what: 'is slow past the deadline', fault: { hang: true }, code: 'TIMEOUT', message: /did not answer within the time allowed/ },
  html: {
    what: 'answers HTML',
    fault: page(200),
    code: 'BACKEND_UNAVAILABLE',
    message: /answered text\/html, not JSON: is the URL that of the backend\?$/,
    httpStatus: 200,
  },
  'html-502': {
    what: 'answers HTML with 502',
    fault: page(502),
    code: 'BACKEND_UNAVAILABLE',
    message: /answered 502 with text\/html/,
    httpStatus: 502,
  },
  half: {
    what: 'answers half a body',
    fault: { cutAfterBytes: 20 },
    code: 'BACKEND_UNAVAILABLE',
    message: /closed the connection before its answer was complete/,
  },
  'half-json': {
    what: 'answers JSON that breaks off',
    fault: { status: 200, body: `{"jobs":[{"job_id":"${marker}`, headers: { 'content-type': 'application/json' } },
    code: 'BACKEND_UNAVAILABLE',
    message: /JSON that cannot be read/,
  },
  huge: {
    what: 'answers 300 MB',
    code: 'BACKEND_UNAVAILABLE',
    message: /more than the 1048576 bytes that `http\.maxResponseBytes` allows/,
  },
  'wrong-type': {
    what: 'answers with the wrong content type',
    fault: { status: 200, body: marker, headers: { 'content-type': 'text/plain' } },
    code: 'BACKEND_UNAVAILABLE',
    message: /text\/plain, not JSON/,
  },
  'wrong-product': {
    what: 'is another product',
    fault: { status: 200, body: { jobs: marker } },
    code: 'BACKEND_UNAVAILABLE',
    message: /not one that Elasticsearch gives: check the URL/,
  },
  redirect: {
    what: 'redirects',
    fault: { status: 302, body: '', headers: { location: `https://sso.example/${marker}` } },
    code: 'BACKEND_UNAVAILABLE',
    message: /302, a redirect/,
    httpStatus: 302,
  },
  'unknown-user': {
    what: 'does not accept the credentials (401)',
    setup: { users: viewer, config: { ...impatient, auth: auth('pw-that-is-wrong') } },
    code: 'FORBIDDEN',
    message: /does not accept the credentials configured/,
    httpStatus: 401,
  },
  'poor-user': {
    what: 'misses a privilege (403)',
    setup: { users: viewer, config: { ...impatient, auth: auth('pw-of-the-viewer') } },
    code: 'FORBIDDEN',
    message: /lack a privilege: monitor_ml\.?/,
    httpStatus: 403,
  },
  busy: {
    what: 'is overloaded and says when to come back (429)',
    fault: { ...errorBody(429, 'es_rejected_execution_exception', 'rejected execution'), headers: { 'retry-after': '7' } },
    code: 'BACKEND_UNAVAILABLE',
    message: /cannot answer this now/,
    httpStatus: 429,
    retryAfterMs: 7_000,
  },
  starting: {
    what: 'is starting (503)',
    fault: errorBody(503, 'master_not_discovered_exception', 'no master'),
    code: 'BACKEND_UNAVAILABLE',
    message: /cannot answer this now/,
    httpStatus: 503,
  },
};

let rig: GatewayRig;
beforeAll(async () => {
  const urls: Readonly<Record<string, string>> = { down: `http://127.0.0.1:${await freePort()}`, huge: await startHuge() };
  rig = await createGatewayRig({
    backends: [
      { id: 'good' },
      ...Object.entries(cases).map(([id, { setup }]) => {
        const url = urls[id];
        return { id, config: impatient, ...setup, ...(url === undefined ? {} : { url }) };
      }),
    ],
  });
  for (const [id, { fault }] of Object.entries(cases)) if (fault) rig.sim(id).setFaults([{ route: '*', ...fault }]);
});
afterAll(async () => {
  await rig.dispose();
  huge.closeAllConnections();
  huge.close();
});

describe('a backend that fails', () => {
  it.each(Object.entries(cases).map(([id, each]) => [each.what, id, each] as const))(
    '%s: its own code, and nothing else fails with it',
    async (_what, id, expected) => {
      const { data, errors } = await rig.query<{
        readonly jobs: {
          readonly totalCount: number;
          readonly unavailable: readonly Readonly<Record<string, unknown>>[];
          readonly nodes: readonly { readonly id: string }[];
        };
        readonly job: null;
        readonly good: { readonly state: string };
        readonly health: unknown;
      }>(
        `query Q($backends: [ID!], $job: ID!) {
        jobs(filter: { backends: $backends }) { totalCount nodes { id } unavailable { part code message retryAfterMs backend { key } } }
        job(id: $job) { id }
        good: job(id: "job:good:dns-tunneling") { state }
      }`,
        { backends: ['backend:good', `backend:${id}`], job: `job:${id}:dns-tunneling` },
      );
      expect(data?.good).toEqual({ state: 'CLOSED' });
      expect(data?.job).toBeNull();
      expect(data?.jobs.totalCount).toBe(12);
      expect(data?.jobs.nodes.every((job) => job.id.startsWith('job:good:'))).toBe(true);
      expect(data?.jobs.unavailable).toEqual([
        {
          part: 'ALL',
          code: expected.code,
          message: expect.stringMatching(expected.message),
          retryAfterMs: expected.retryAfterMs ?? null,
          backend: { key: id },
        },
      ]);
      expect(errors).toEqual([
        expect.objectContaining({
          message: expect.stringMatching(expected.message),
          path: ['job'],
          extensions: expect.objectContaining({
            code: expected.code,
            backend: id,
            vendor: 'ELASTICSEARCH_ML',
            requestId: expect.any(String),
            ...(expected.httpStatus === undefined ? {} : { httpStatus: expected.httpStatus }),
            ...(expected.retryAfterMs === undefined ? {} : { retryAfterMs: expected.retryAfterMs }),
          }),
        }),
      ]);
    },
  );

  it.each(Object.entries(cases).map(([id, each]) => [each.what, id, each] as const))(
    '%s: a verb on its job is refused with it, the one beside it is not',
    async (_what, id, { code, message }) => {
      const { results } = await bulkVerb(rig, 'closeJobs', { jobIds: [`job:${id}:payment-amount-outliers`, 'job:good:dns-tunneling'] });
      expect(results.map(({ errors }) => errors.map((error) => [error.code, error.path]))).toEqual([
        [[code, ['input', 'jobIds', '0']]],
        [],
      ]);
      expect(results[0]?.errors[0]?.message).toMatch(message);
      expect(results[0]?.task).toBeNull();
      expect(results[1]?.task).not.toBeNull();
    },
  );

  it.each(Object.entries(cases).map(([id, each]) => [each.what, id, each] as const))(
    '%s: `health` says so, with the code',
    async (_what, id, { code }) => {
      const { backend } = await rig.ask<{
        readonly backend: { readonly health: { readonly status: string; readonly code: string | null } };
      }>('query Q($id: ID!) { backend(id: $id) { health { status code message lastAnswerAt } } }', { id: `backend:${id}` });
      expect(backend.health.status).toMatch(/^(?:DOWN|DEGRADED)$/);
      expect(backend.health.code).toBe(code);
    },
  );

  it('with 300 MB has most of it left to itself', async () => {
    expect(poured).toBeLessThan(announced);
  });

  it('shows nothing of itself: no URL, port, header, body, secret or stack is in any answer', () => {
    expect(rig.answers.length).toBeGreaterThan(20);
    expect(leaksIn(rig.answers, secrets)).toEqual([]);
  });

  it('tells the log, under the request’s id, without secrets', () => {
    const lines = JSON.stringify(rig.logs);
    for (const secret of secrets.slice(1)) expect(lines).not.toContain(secret);
    // An outage is an error of the backend, and told as one; a fault of the gateway itself there is none.
    expect(rig.logs.filter(({ level, msg }) => Number(level) >= 50 && msg !== 'a backend has changed')).toEqual([]);
  });
});

describe('a storm of 503', () => {
  it('is kept from the backend by the breaker, and is over when the backend is', async () => {
    const storm = await createGatewayRig({
      backends: [{ id: 'es', config: { http: { breakerThreshold: 5, breakerResetMs: 1_000, maxRetries: 2 } } }],
    });
    try {
      const { sim } = storm;
      sim('es').setFaults([{ route: '*', ...errorBody(503, 'master_not_discovered_exception', 'no master') }]);
      const calls = await sim('es').costOf(async () => {
        const answers = await Promise.all(
          Array.from({ length: 100 }, () =>
            storm.query<{
              readonly jobs: { readonly unavailable: readonly { readonly code: string; readonly retryAfterMs: number | null }[] };
            }>('{ jobs { totalCount nodes { id state } unavailable { code retryAfterMs } } }'),
          ),
        );
        for (const { data, errors } of answers) {
          expect(errors).toEqual([]);
          expect(data?.jobs.unavailable.map(({ code }) => code)).toEqual(['BACKEND_UNAVAILABLE']);
        }
        // Calls that went out together count as one failure: it takes a few more until the breaker opens, and says when somebody may try again.
        await eventually(
          () =>
            storm.ask<{ readonly jobs: { readonly unavailable: readonly { readonly retryAfterMs: number | null }[] } }>(
              '{ jobs { totalCount unavailable { retryAfterMs } } }',
            ),
          ({ jobs }) => jobs.unavailable.some(({ retryAfterMs }) => retryAfterMs !== null),
        );
      });
      // A hundred queries of two calls each, three attempts each, would be six hundred.
      expect(sumOf(calls)).toBeLessThan(60);
      sim('es').setFaults([]);
      await eventually(
        () => storm.ask<{ readonly jobs: { readonly totalCount: number | null } }>('{ jobs { totalCount nodes { state } } }'),
        ({ jobs }) => jobs.totalCount === 12,
      );
    } finally {
      await storm.dispose();
    }
  });
});

describe('the catalogue', () => {
  /** Each code as a client meets it, by the shortest way. */
  const meetings: { readonly [C in ErrorCode]: (from: GatewayRig) => Promise<string | undefined> } = {
    NOT_FOUND: async (from) => (await verb(from, 'closeJob', { jobId: 'job:es:never-was' })).errors[0]?.code,
    WRONG_STATE: async (from) => (await verb(from, 'resetJob', { jobId: 'job:es:payment-amount-outliers' })).errors[0]?.code,
    CONFLICT: async (from) => (await verb(from, 'openJob', { jobId: 'job:es:iot-sensor-drift' })).errors[0]?.code,
    UNSUPPORTED: async (from) => (await verb(from, 'resetJob', { jobId: 'job:old:dns-tunneling' })).errors[0]?.code,
    REFUSED: async (from) => (await verb(from, 'resetJob', { jobId: 'job:ro:dns-tunneling' })).errors[0]?.code,
    FORBIDDEN: async (from) => (await from.query('{ job(id: "job:poor:x") { id } }')).errors[0]?.extensions.code,
    INVALID_INPUT: async (from) => (await from.query('{ jobs(first: -1) { totalCount } }')).errors[0]?.extensions.code,
    BACKEND_UNAVAILABLE: async (from) => (await from.query('{ job(id: "job:off:x") { id } }')).errors[0]?.extensions.code,
    TIMEOUT: async (from) => {
      await from.sim('es').job('slow-to-close', { state: 'opened', closeMs: 60_000 });
      return (await verb(from, 'closeJob', { jobId: 'job:es:slow-to-close', timeoutMs: 50, waitMs: 5_000 })).task?.error?.code;
    },
    // A vendor's answer that the adapter cannot foresee must not do it; what the gateway itself does wrong does.
    INTERNAL: async (from) => {
      from.sim('es').setFaults([
        {
          route: 'GET /_ml/anomaly_detectors/{id}',
          ...errorBody(400, 'too_long_http_line_exception', 'An HTTP line is larger than 4096 bytes.'),
        },
      ]);
      const { errors } = await from.query('{ job(id: "job:es:x") { id } }');
      from.sim('es').setFaults([]);
      return errors[0]?.extensions.code;
    },
  };

  it('is met whole through the front door', async () => {
    const from = await createGatewayRig({
      backends: [
        { id: 'es' },
        { id: 'old', version: '7.10' },
        { id: 'ro', config: { readOnly: true } },
        { id: 'poor', users: viewer, config: { auth: auth('pw-of-the-viewer') } },
        { id: 'off', url: `http://127.0.0.1:${await freePort()}` },
      ],
    });
    try {
      const met: Record<string, string | undefined> = {};
      for (const code of errorCodes) met[code] = await meetings[code](from);
      expect(met).toEqual(Object.fromEntries(Object.keys(errorCatalogue).map((code) => [code, code])));
      expect(leaksIn(from.answers, secrets)).toEqual([]);
    } finally {
      await from.dispose();
    }
  });

  it('has a typed entry for each code a verb can be refused with', async () => {
    const from = await createGatewayRig({
      backends: [{ id: 'es' }, { id: 'old', version: '7.10' }, { id: 'ro', config: { readOnly: true } }],
    });
    try {
      const typeOf = async (name: string, input: Readonly<Record<string, unknown>>) =>
        (await verb(from, name, input)).errors[0]?.__typename;
      expect(await typeOf('closeJob', { jobId: 'job:es:never-was' })).toBe('NotFoundError');
      expect(await typeOf('resetJob', { jobId: 'job:es:payment-amount-outliers' })).toBe('WrongStateError');
      expect(await typeOf('openJob', { jobId: 'job:es:iot-sensor-drift' })).toBe('ConflictError');
      expect(await typeOf('resetJob', { jobId: 'job:old:dns-tunneling' })).toBe('UnsupportedActionError');
      expect(await typeOf('resetJob', { jobId: 'job:ro:dns-tunneling' })).toBe('RefusedError');
      expect(await typeOf('resetJob', { jobId: 'rubbish' })).toBe('InvalidInputError');
    } finally {
      await from.dispose();
    }
  });
});

describe('a user without a privilege', () => {
  const users = [
    { name: 'reader', password: 'pw-of-the-viewer', privileges: ['monitor_ml', 'monitor'] },
    { name: 'closer', password: 'pw-of-the-closer', privileges: ['manage_ml', 'monitor'] },
  ];

  it('may read; a verb that waits says which privilege is missing, and so does the task of one that does not', async () => {
    const poor = await createGatewayRig({
      backends: [{ id: 'es', users, config: { auth: { kind: 'basic', username: 'reader', password: 'pw-of-the-viewer' } } }],
    });
    try {
      const waited = await verb(poor, 'closeJob', { jobId: 'job:es:payment-amount-outliers', waitMs: 10_000 });
      expect(waited.task).toMatchObject({ state: 'FAILED', error: { code: 'FORBIDDEN' } });
      expect(waited.errors).toEqual([
        expect.objectContaining({
          __typename: 'ForbiddenError',
          code: 'FORBIDDEN',
          missing: ['manage_ml'],
          message: expect.stringContaining('manage_ml'),
        }),
      ]);
      expect(waited.job?.state).toBe('OPENED');
      const reset = await verb(poor, 'resetJob', { jobId: 'job:es:dns-tunneling', waitMs: 10_000 });
      expect([...reset.errors.map(({ code, missing }) => [code, missing])]).toEqual([['FORBIDDEN', ['manage_ml']]]);
      expect(leaksIn(poor.answers, ['pw-of-the-viewer'])).toEqual([]);
    } finally {
      await poor.dispose();
    }
  });
});
