import { beforeEach, describe, expect, it } from 'vitest';
import { codesOf, createGraphqlRig, type GraphqlRig } from '../../support/graphql-rig.js';

let rig: GraphqlRig;
beforeEach(() => {
  rig = createGraphqlRig({ handingOver: ['one'] });
  // One number, handed out twice.
  for (const [nativeId, state] of [
    ['7~a', 'FINISHED'],
    ['7~b', 'RUNNING'],
  ] as const) {
    rig.world('one').addJob(nativeId, { state });
    rig.world('one').addTask(nativeId, { jobNativeId: nativeId, state: state === 'RUNNING' ? 'RUNNING' : 'SUCCEEDED' });
  }
});

const data = async (source: string) => {
  const answer = await rig.run(source);
  expect(codesOf(answer.errors)).toEqual([]);
  return answer.data;
};

describe('jobs whose native ids are handed out again', () => {
  it('are two objects in one call, and the one without incarnation is the latest', async () => {
    const answer = await data(`{
      first: job(id: "job:one:7~a") { id nativeId state }
      second: job(id: "job:one:7~b") { id nativeId state }
      latest: job(id: "job:one:7") { id nativeId state }
      never: job(id: "job:one:7~c") { id }
    }`);
    const second = { id: 'job:one:7~b', nativeId: '7', state: 'RUNNING' };
    expect(answer).toEqual({ first: { id: 'job:one:7~a', nativeId: '7', state: 'FINISHED' }, second, latest: second, never: null });
    expect(rig.world('one').calls.map(({ member, ids }) => [member, [...ids].sort()])).toEqual([['readJobs', ['7', '7~a', '7~b', '7~c']]]);
  });

  it('are not read again after a list', async () => {
    const answer = await data('{ tasks { nodes { id nativeId job { id nativeId state } } } jobs { nodes { id } } }');
    expect(answer?.tasks).toEqual({
      nodes: [
        { id: 'task:one:7~a', nativeId: '7', job: { id: 'job:one:7~a', nativeId: '7', state: 'FINISHED' } },
        { id: 'task:one:7~b', nativeId: '7', job: { id: 'job:one:7~b', nativeId: '7', state: 'RUNNING' } },
      ],
    });
    expect([...rig.world('one').called()].sort()).toEqual(['discoverTasks', 'listJobs']);
  });

  it('have their own tasks', async () => {
    const answer = await data('{ jobs { nodes { id currentTask { id } tasks { nodes { id } } } } }');
    expect(answer?.jobs).toEqual({
      nodes: [
        { id: 'job:one:7~a', currentTask: null, tasks: { nodes: [{ id: 'task:one:7~a' }] } },
        { id: 'job:one:7~b', currentTask: { id: 'task:one:7~b' }, tasks: { nodes: [{ id: 'task:one:7~b' }] } },
      ],
    });
  });

  it.each([[false], [true]])('have their own tasks in a filter, whether the vendor remembers ended ones: %s', async (remembers) => {
    rig.world('one').remembersTasks = remembers;
    const states = remembers ? ', states: [SUCCEEDED, RUNNING]' : '';
    const of = async (job: string) => (await data(`{ tasks(filter: { jobs: ["${job}"]${states} }) { nodes { id } } }`))?.tasks;
    expect(await of('job:one:7~a')).toEqual({ nodes: [{ id: 'task:one:7~a' }] });
    expect(await of('job:one:7~b')).toEqual({ nodes: [{ id: 'task:one:7~b' }] });
    expect(await of('job:one:7~c')).toEqual({ nodes: [] });
  });

  it('matches the tasks of all of that name where the filter leaves the incarnation out', async () => {
    const answer = await data('{ tasks(filter: { jobs: ["job:one:7"] }) { nodes { id } } }');
    expect(answer?.tasks).toEqual({ nodes: [{ id: 'task:one:7~a' }, { id: 'task:one:7~b' }] });
  });

  it('are not found by what only stands in their incarnation', async () => {
    rig.world('one').addJob('8~7', {});
    const answer = await data('{ jobs(filter: { text: "7" }) { nodes { id } } }');
    expect(answer?.jobs).toEqual({ nodes: [{ id: 'job:one:7~a' }, { id: 'job:one:7~b' }] });
  });

  it('tell the children of one run from those of another', async () => {
    rig.world('one').addTask('9~x', { parentId: 'task:one:7~a' });
    rig.world('one').addTask('9~y', { parentId: 'task:one:7~b' });
    const answer = await data('{ task(id: "task:one:7~a") { children { nodes { id nativeId parent { id } } } } }');
    expect(answer?.task).toEqual({ children: { nodes: [{ id: 'task:one:9~x', nativeId: '9', parent: { id: 'task:one:7~a' } }] } });
  });

  it('name the job to the vendor with its incarnation wherever it is asked about one', async () => {
    rig.world('one').messages.set('7~a', [{ at: 0, level: 'INFO', message: 'rolled', nodeName: null }]);
    const answer = await data(`{ job(id: "job:one:7~a") {
      messages { message } anomalies { totalCount }
      details { ... on ToyJobDetails { modelSnapshots { totalCount } } }
    } }`);
    expect(answer?.job).toMatchObject({ messages: [{ message: 'rolled' }] });
    expect(
      rig
        .world('one')
        .calls.map(({ member, ids }) => `${member} ${ids}`)
        .sort(),
    ).toEqual(['readAnomalies 7~a', 'readJobMessages 7~a', 'readJobs 7~a', 'readModelSnapshots 7~a']);
  });
});
