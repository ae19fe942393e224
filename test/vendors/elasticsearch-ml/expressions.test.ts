import { describe, expect, it } from 'vitest';
import type { JobExpression } from '../../../src/domain/index.js';
import { errorOf } from '../support/connect.js';
import { recorded } from '../support/recordings.js';
import type { Answer, Seen } from '../support/stand-in.js';
import { failure, setUp, unknownJobs, wireJob } from './support.js';

const jobs = '/_ml/anomaly_detectors';
const list = (...found: readonly object[]): Answer => ({ body: { jobs: found } });

const expand = async (expression: JobExpression, answer: (seen: Seen) => Answer, version: string | null = '8.17.0') => {
  const { server, adapter, call } = await setUp(answer, { version });
  const outcome = await adapter.expandJobs(expression, call).catch((error: unknown) => error);
  return { outcome, seen: server.seen };
};

describe('expanding an expression', () => {
  it('names the jobs of ids, groups and wildcards once, in the vendor’s order, for one call', async () => {
    const { outcome, seen } = await expand({ expression: ' ga, a1 ,,b*' }, () =>
      list(wireJob('a1', { groups: ['ga'] }), wireJob('a2', { groups: ['ga'] }), wireJob('b1')),
    );
    expect(outcome).toEqual(['a1', 'a2', 'b1']);
    expect(seen.map(({ path }) => path)).toEqual([`${jobs}/ga,a1,b*`]);
    expect(seen[0]?.query.has('allow_no_match')).toBe(false);
  });

  it('leaves out jobs that are being deleted, as a close does', async () => {
    const { outcome } = await expand({ expression: '_all' }, () =>
      list(wireJob('a1'), wireJob('d1', { blocked: { reason: 'delete' } }), wireJob('d2', { deleting: true })),
    );
    expect(outcome).toEqual(['a1']);
  });

  it('finds nothing in an id whose job is being deleted', async () => {
    const { outcome } = await expand({ expression: 'a1,d1' }, () => list(wireJob('a1'), wireJob('d1', { blocked: { reason: 'delete' } })));
    expect(outcome).toMatchObject({ code: 'NOT_FOUND', message: 'No job or group matches "d1".' });
  });

  it('takes a wildcard that matches nothing for no jobs, unless told otherwise', async () => {
    expect((await expand({ expression: 'foo-*' }, () => list())).outcome).toEqual([]);
    const strict = await expand({ expression: 'foo-*,a1', allowNoMatch: false }, () => unknownJobs('foo-*'));
    expect(strict.outcome).toMatchObject({ code: 'NOT_FOUND', message: 'No job or group matches "foo-*".' });
    expect(strict.seen[0]?.query.get('allow_no_match')).toBe('false');
  });

  it('finds nothing with _all on an empty cluster only when that is not allowed', async () => {
    expect((await expand({ expression: '_all' }, () => list())).outcome).toEqual([]);
    // 7.10 answers 200 to _all with allow_no_match=false.
    expect((await expand({ expression: '_all', allowNoMatch: false }, () => list())).outcome).toMatchObject({ code: 'NOT_FOUND' });
  });

  it.each([
    ['7.9.0', 'allow_no_jobs'],
    ['7.10.0', 'allow_no_match'],
    ['9.1.0', 'allow_no_match'],
  ])('calls the option of %s %s', async (version, name) => {
    const { seen } = await expand({ expression: 'a*', allowNoMatch: false }, () => list(wireJob('a1')), version);
    expect([...(seen[0]?.query.keys() ?? [])]).toEqual(['filter_path', name]);
  });

  it('learns the option’s name from a server of unknown version that refuses the other', async () => {
    const { status, response } = recorded('elasticsearch-ml/7.9.0/02-jobs-crud', `GET ${jobs}/a1,foo-*?allow_no_match=false`);
    const { outcome, seen } = await expand(
      { expression: 'a*', allowNoMatch: false },
      ({ query }) => (query.has('allow_no_match') ? { status, body: response } : list(wireJob('a1'))),
      null,
    );
    expect(outcome).toEqual(['a1']);
    expect(seen.map(({ query }) => [query.has('allow_no_match'), query.has('allow_no_jobs')])).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  it('names every token a real server did not know', async () => {
    const { status, response } = recorded('elasticsearch-ml/7.9.0/02-jobs-crud', `GET ${jobs}/nope,nope2,a1`);
    const { outcome } = await expand({ expression: 'nope,nope2,a1' }, () => ({ status, body: response }));
    expect(outcome).toMatchObject({ code: 'NOT_FOUND', message: 'No job or group matches "nope", "nope2".' });
  });

  it('understands _all beside other names as the vendor does', async () => {
    const { status, response } = recorded('elasticsearch-ml/7.9.0/02-jobs-crud', `GET ${jobs}/a1,_all`);
    const { outcome } = await expand({ expression: 'a1,_all' }, () => ({ status, body: response }));
    expect(outcome).toMatchObject({ code: 'NOT_FOUND', message: 'No job or group matches "_all".' });
  });

  it.each(['', ' ', ',', ' , ,'])('refuses the empty expression "%s", which would name every job', async (expression) => {
    const { outcome, seen } = await expand({ expression }, () => list(wireJob('a1')));
    expect(outcome).toMatchObject({ code: 'INVALID_INPUT' });
    expect(seen).toEqual([]);
  });

  it.each(['_stats', 'A1', '../x', 'a1/_stats', 'é'])('finds nothing in %s, and sends it nowhere', async (token) => {
    const { outcome, seen } = await expand({ expression: `a1,${token}` }, () => list(wireJob('a1')));
    expect(outcome).toMatchObject({ code: 'NOT_FOUND', message: `No job or group matches "${token}".` });
    expect(seen).toEqual([]);
  });

  it('sends no wildcard that could be another path', async () => {
    const { outcome, seen } = await expand({ expression: 'A*,../*' }, () => list(wireJob('a1')));
    expect(outcome).toEqual([]);
    expect(seen).toEqual([]);
  });

  it('asks for an expression longer than a request line in parts', async () => {
    const tokens = Array.from({ length: 300 }, (_, index) => `job-${String(index).padStart(4, '0')}-${'x'.repeat(20)}`);
    const { outcome, seen } = await expand({ expression: tokens.toReversed().join(',') }, ({ path }) =>
      list(
        ...path
          .slice(`${jobs}/`.length)
          .split(',')
          .map((id) => wireJob(id)),
      ),
    );
    expect(outcome).toEqual(tokens);
    expect(seen.length).toBe(3);
    expect(Math.max(...seen.map(({ target }) => `GET ${target} HTTP/1.1`.length))).toBeLessThanOrEqual(4095);
  });

  it('refuses one name that no request line can hold', async () => {
    const { adapter, call } = await setUp(() => list());
    const error = await errorOf(adapter.expandJobs({ expression: `${'x'.repeat(5000)}*` }, call));
    expect(error.code).toBe('INVALID_INPUT');
  });

  it.each([
    ['*by-host', 'errors-by-host', true],
    ['**by***host', 'errors-by-host', true],
    ['errors*', 'errors', true],
    ['err*by*st', 'errors-by-host', true],
    ['err*by*host', 'by-host', false],
    ['ab*ba', 'aba', false],
    ['a*b*b', 'ab', false],
    ['a.c*', 'abc', false],
    ['*-*-*-*', 'errors-by-host', false],
  ])('understands by %s of %s what the vendor does', async (token, id, matches) => {
    // The vendor's own answer is not taken for it: one that names a job for another token says nothing of this one.
    const { outcome } = await expand({ expression: `${token},${id}`, allowNoMatch: false }, () => list(wireJob(id)));
    if (matches) expect(outcome).toEqual([id]);
    else expect(outcome).toMatchObject({ code: 'NOT_FOUND', message: `No job or group matches "${token}".` });
  });

  it('asks for a run of stars as for one', async () => {
    const { seen } = await expand({ expression: 'a***,**b,_all' }, () => list(wireJob('a1')));
    expect(seen.map(({ path }) => path)).toEqual([`${jobs}/a*,*b,_all`]);
  });

  it('is not held up by an expression of many stars', async () => {
    const stars = `${'*a'.repeat(30)}*b`;
    const { outcome } = await expand({ expression: `_all,${'*'.repeat(1500)}by-host,${stars}`, allowNoMatch: false }, () =>
      list(wireJob('a'.repeat(64)), wireJob('errors-by-host')),
    );
    expect(outcome).toMatchObject({ code: 'NOT_FOUND', message: `No job or group matches "${stars}".` });
  });

  it('hands on what keeps it from being answered', async () => {
    const { outcome } = await expand({ expression: '_all' }, () => failure(503, 'master_not_discovered_exception', ''));
    expect(outcome).toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  });
});
