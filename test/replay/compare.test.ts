import { describe, expect, it } from 'vitest';
import { compare } from './compare.js';
import { compareHeaders } from './headers.js';
import type { Json } from './json.js';
import { createVariables } from './variables.js';

const node = 'zOqwH0IWTaqJtNExIEZRLA';
const other = 'JNqdOsTlTNOFgFTGJUjxJA';

const differences = (recorded: Json, actual: Json, ignored: readonly string[] = []) =>
  compare(recorded, actual, [], { variables: createVariables(), ignored });

const reason = (text: string): Json => ({ error: { root_cause: [], type: 'x', reason: text }, status: 400 });

const task = (id: number, action: string, on = node): Json => ({ node: on, id, action, running_time_in_nanos: id });

describe('two answers agree', () => {
  it.each<[string, Json, Json]>([
    ['when ids, times, sizes and counters are others', { uid: 'a', at: 1, bytes: 2 }, { uid: 'b', at: 3, bytes: 4 }],
    ['when members stand in another order', { a: 1, b: 'x' }, { b: 'y', a: 2 }],
    ['when a list was cut', { jobs: [{ job_id: 'a' }, '…(9 items)'] }, { jobs: [{ job_id: 'a' }] }],
    ['when a text was cut', reason('No job aaaa…(900 chars)'), reason('No job aaaaaaaaa')],
    ['when methods stand in another order', { error: 'x, allowed: [PUT, GET]' }, { error: 'x, allowed: [GET, PUT]' }],
    ['when objects have another hash', reason('for [a.B$C@49486e96]'), reason('for [a.B$C@1b2c3d4e]')],
    [
      'when nodes and tasks have other ids',
      { nodes: { [node]: { tasks: { [`${node}:1`]: task(1, 'a') } } } },
      { nodes: { [other]: { tasks: { [`${other}:7`]: task(7, 'a', other) } } } },
    ],
    ['when tasks stand in another order', { tasks: [task(1, 'a'), task(2, 'b')] }, { tasks: [task(8, 'b'), task(9, 'a')] }],
    ['when nothing is in a list', { jobs: [] }, { jobs: [] }],
  ])('%s', (_, recorded, actual) => {
    expect(differences(recorded, actual)).toEqual([]);
  });

  it('when the places that differ are not compared', () => {
    expect(
      differences({ nodes: { [node]: { attributes: {} } } }, { nodes: { [node]: { attributes: { a: 1 } } } }, [
        `nodes.${node}.attributes.a`,
      ]),
    ).toEqual([]);
    expect(differences('a table', 'another table', [''])).toEqual([]);
  });
});

describe('two answers differ', () => {
  it.each<[string, Json, Json]>([
    ['by a member that is missing', { a: 1, b: 2 }, { a: 1 }],
    ['by a member that was not recorded', { a: 1 }, { a: 1, b: 2 }],
    ['by the type of a member', { a: 1 }, { a: '1' }],
    ['by null', { a: null }, { a: {} }],
    ['by a truth', { opened: true }, { opened: false }],
    ['by a state', { jobs: [{ state: 'opened' }] }, { jobs: [{ state: 'closed' }] }],
    ['by the text of an error', reason('one'), reason('another')],
    ['by the type of an error', { error: { type: 'a' } }, { error: { type: 'b' } }],
    ['by a count', { count: 1 }, { count: 2 }],
    ['by the length of a list', { jobs: [{ job_id: 'a' }] }, { jobs: [{ job_id: 'a' }, { job_id: 'b' }] }],
    ['by a group', { groups: ['a'] }, { groups: ['b'] }],
    ['by items where there were none', { jobs: [] }, { jobs: [{ job_id: 'a' }] }],
    ['by a task too many', { nodes: { [node]: { tasks: {} } } }, { nodes: { [node]: { tasks: { [`${node}:1`]: task(1, 'a') } } } }],
    ['by what a task does', { tasks: [task(1, 'a')] }, { tasks: [task(1, 'b')] }],
    ['by the end of a cut text', reason('No job aaaa…(900 chars)'), reason('No job bbbb')],
  ])('%s', (_, recorded, actual) => {
    expect(differences(recorded, actual)).not.toEqual([]);
  });

  it('by an id that stood for something else before', () => {
    const variables = createVariables();
    const once = (recorded: Json, actual: Json) => compare(recorded, actual, [], { variables, ignored: [] });
    expect(once({ task: 'a:1' }, { task: 'b:1' })).toEqual([]);
    expect(once({ task: 'a:1' }, { task: 'b:2' })).toEqual(['a:1 cannot be b:2']);
    expect(once({ task: 'a:2' }, { task: 'b:1' })).toEqual(['a:2 cannot be b:1']);
  });
});

describe('variables', () => {
  it('are put into later requests, tasks before the nodes they begin with', () => {
    const variables = createVariables();
    variables.learn(node, other);
    variables.learn(`${node}:12`, `${other}:7`);
    expect(variables.translate(`/_tasks/${node}:12/_cancel?nodes=${node}`)).toBe(`/_tasks/${other}:7/_cancel?nodes=${other}`);
    expect(variables.translate(`/_tasks/${node}%3A12`)).toBe(`/_tasks/${other}:7`);
  });
});

describe('headers', () => {
  it('are the same whatever order, date and release say', () => {
    const warning = '299 Elasticsearch-7.9.0-abc "old"';
    expect(compareHeaders({ allow: 'GET,PUT', warning }, { allow: 'PUT, GET', warning: '299 Elasticsearch-7.10.0-def "old"' })).toEqual([]);
  });

  it.each(['x-elastic-product', 'x-opaque-id', 'content-type', 'allow'])('differ by %s', (name) => {
    expect(compareHeaders({ [name]: 'a' }, {})).toHaveLength(1);
    expect(compareHeaders({}, { [name]: 'a' })).toHaveLength(1);
  });
});
