import { expect, it } from 'vitest';
import { type AnomalyQuery, jobStates, parseId } from '../../../../src/domain/index.js';
import { errorOf } from '../connect.js';
import { jobFields, type Setting, taskFields, withDatafeeds } from './setting.js';

const stranger = 'nobody-knows-this';

/** What every adapter reads. */
export const readingCases = ({ target, adapter, profile, front, call, can, jobs, readJob }: Setting): void => {
  const { module, version, traits } = target;

  it('learns a version and what it can do', () => {
    expect(profile().version?.slice(0, version?.length) ?? null).toBe(version);
    expect(profile().capabilities).toEqual(module.capabilitiesOf(profile().version));
    expect(profile().notice).toBeNull();
  });

  it('lists jobs with ids that name them, words of the domain, and few calls', async () => {
    const { items, missing } = await adapter().listJobs(new Set([...jobFields].filter((field) => field !== 'Job.details')), call());
    expect(missing).toEqual([]);
    expect(items.length).toBeGreaterThanOrEqual(traits.leastJobs);
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
    for (const job of items) {
      expect(parseId(job.id)).toMatchObject({ kind: 'job', backend: 'es-prod', native: job.nativeId });
      expect(jobStates).toContain(job.state);
      expect(job.state).not.toBe('UNKNOWN');
      for (const action of job.allowedActions ?? []) expect(profile().capabilities).toContain(action);
    }
    expect(front().requests()).toBeLessThanOrEqual(traits.mostListCalls);
  });

  it('reads by id what it lists, in the same words', async () => {
    const items = await jobs();
    const ids = items.map(({ nativeId }) => nativeId);
    const { readings, missing } = await adapter().readJobs(ids, withDatafeeds, call());
    expect(missing).toEqual([]);
    for (const { nativeId, id, groups, type } of items)
      expect(readings.get(nativeId)).toMatchObject({ status: 'found', value: { id, groups, type } });
  });

  it('answers for every id that was asked, and lets none fail the others', async () => {
    const [job] = await jobs();
    const ids = [job?.nativeId ?? '', stranger, 'Not/an id', '*', `${'x'.repeat(60)}`];
    const { readings } = await adapter().readJobs(ids, jobFields, call());
    expect([...readings.keys()]).toEqual(expect.arrayContaining(ids));
    expect(readings.get(ids[0] ?? '')?.status).toBe('found');
    for (const id of ids.slice(1)) expect(readings.get(id)).toEqual({ status: 'gone' });
  });

  it('reads more ids than one request holds', async () => {
    const ids = Array.from({ length: 300 }, (_, index) => `${stranger}-one-either-${index}`);
    const [job] = await jobs();
    const { readings } = await adapter().readJobs([...ids, job?.nativeId ?? ''], jobFields, call());
    expect(readings.get(job?.nativeId ?? '')?.status).toBe('found');
    expect(ids.every((id) => readings.get(id)?.status === 'gone')).toBe(true);
  });

  it('calls a datafeed nobody knows gone', async () => {
    const { readings } = await adapter().readDatafeeds([stranger], new Set(['Datafeed.state']), call());
    expect(readings.get(stranger)).toEqual({ status: 'gone' });
  });

  it('calls a task nobody knows gone', async () => {
    const { readings } = await adapter().readTasks(traits.unknownTasks, taskFields, call());
    for (const id of traits.unknownTasks) expect(readings.get(id)).toEqual({ status: 'gone' });
  });

  it('has lines of a log for each job that was asked for, if only none', async () => {
    const [job] = await jobs();
    const ids = [job?.nativeId ?? '', stranger];
    const lines = await adapter().readJobMessages(ids, 5, call());
    expect([...lines.keys()].toSorted()).toEqual(ids.toSorted());
    expect(lines.get(stranger)).toEqual([]);
  });

  it('tells a job apart from one that does not exist', async () => {
    const [job] = await jobs();
    expect((await readJob(job?.nativeId ?? '')).status).toBe('found');
    expect(await readJob(stranger)).toEqual({ status: 'gone' });
  });

  it('has detectors, or not, as its verbs say', () => {
    expect(adapter().detectors !== undefined).toBe(can('START_DETECTOR'));
  });
};

/** Where there are nodes. */
export const nodeCases = ({ adapter, call, jobs }: Setting): void => {
  it('lists the nodes that do its work, the ones its jobs run on among them, and reads them by id', async () => {
    const { items, missing } = await adapter().listNodes(new Set(['NodeStats.name', 'NodeStats.roles']), call());
    expect(missing).toEqual([]);
    expect(items.length).toBeGreaterThan(0);
    const ids = items.map(({ nativeId }) => nativeId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const node of items) expect(parseId(node.id)).toMatchObject({ kind: 'node', backend: 'es-prod', native: node.nativeId });
    for (const { node } of await jobs()) if (node) expect(ids).toContain(node.nativeId);
    const { readings } = await adapter().readNodes([...ids, stranger], new Set(['NodeStats.name']), call());
    for (const id of ids) expect(readings.get(id)).toMatchObject({ status: 'found', value: { nativeId: id, name: expect.any(String) } });
    expect(readings.get(stranger)).toEqual({ status: 'gone' });
  });
};

/** Where there are none: lists without them are whole. */
export const nodelessCases = ({ adapter, call, jobs }: Setting): void => {
  it('has no nodes, and says so of every one it is asked for', async () => {
    expect(await adapter().listNodes(new Set(['NodeStats.name']), call())).toEqual({ items: [], missing: [] });
    const { readings, missing } = await adapter().readNodes([stranger], new Set(['NodeStats.name']), call());
    expect([readings.get(stranger), missing]).toEqual([{ status: 'gone' }, []]);
    for (const { node } of await jobs()) expect(node ?? null).toBeNull();
  });
};

/** Where something is found in data. */
export const findingCases = ({ adapter, call, jobs }: Setting): void => {
  it('reads what a job or a detector has found, the most unusual first, in slices, as far as it is asked for', async () => {
    const { detectors } = adapter();
    const reads = (id: string) =>
      [adapter().readAnomalies, ...(detectors ? [detectors.readAnomalies] : [])].map(
        (read) => async (query: Partial<AnomalyQuery>) => await read(id, { skip: 0, first: 100, ...query }, new Set(), call()),
      );
    const sources = (await jobs()).flatMap(({ nativeId }) => reads(nativeId));
    const found = await Promise.all(sources.map(async (read) => [read, (await read({})).items] as const));
    const [read, all] = found.reduce((most, next) => (next[1].length > most[1].length ? next : most));
    expect(all.length).toBeGreaterThan(1);
    expect(all.map(({ score }) => score)).toEqual(all.map(({ score }) => score).toSorted((left, right) => right - left));
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const { score, startAt, endAt } of all) {
      expect(score >= 0 && score <= 1).toBe(true);
      expect((endAt ?? startAt) >= startAt).toBe(true);
    }
    const slice = await read({ skip: 1, first: 1 });
    expect(slice.items).toEqual(all.slice(1, 2));
    expect(slice.totalCount ?? all.length).toBeGreaterThanOrEqual(all.length);
    const least = all.at(-1)?.score ?? 0;
    const most = all[0]?.score ?? 0;
    expect((await read({ minScore: most })).items).toEqual(all.filter(({ score }) => score >= most));
    const newest = Math.max(...all.map(({ startAt }) => startAt));
    expect((await read({ from: newest, minScore: least })).items).toEqual(all.filter(({ startAt }) => startAt >= newest));
    expect((await read({ to: newest, minScore: least, first: all.length })).items.slice(0, 1)).toEqual(
      all.filter(({ startAt }) => startAt < newest).slice(0, 1),
    );
    for (const unknown of reads(stranger)) expect((await errorOf(unknown({}))).code).toBe('NOT_FOUND');
  });
};

/** Where nothing is. */
export const findinglessCases = ({ adapter, call, jobs }: Setting): void => {
  it('has found nothing, in whichever job', async () => {
    for (const { nativeId } of await jobs()) {
      const { items, totalCount } = await adapter().readAnomalies(nativeId, { skip: 0, first: 10 }, new Set(), call());
      expect([items, totalCount]).toEqual([[], 0]);
    }
  });
};
