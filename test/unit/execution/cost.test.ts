import { type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { compileCost } from '../../../src/execution/cost.js';
import { fragmentsOf } from '../../../src/execution/measure.js';
import { harness, messages, schemaWith } from './harness.js';

const schema = schemaWith();
const costOf = (query: string, variables: Record<string, unknown> = {}): number => {
  const document = parse(query);
  const operation = document.definitions.find((each): each is OperationDefinitionNode => each.kind === 'OperationDefinition');
  if (!operation) throw new TypeError('no operation in the test document');
  return compileCost(schema, fragmentsOf(document), operation)(variables);
};

describe('cost', () => {
  it.each<[string, string, Record<string, unknown>, number]>([
    ['every field counts one', '{ hello job(id: "1") { id name } }', {}, 4],
    ['`first` multiplies what stands below', '{ jobs(first: 10) { totalCount edges { node { id } } } }', {}, 1 + 10 * 4],
    ['`first` in a variable does', 'query($n: Int) { jobs(first: $n) { totalCount } }', { n: 7 }, 8],
    ['an absent `first` means the default of the schema', '{ jobs { totalCount } }', {}, 51],
    ['an absent variable does too', 'query($n: Int) { jobs(first: $n) { totalCount } }', {}, 51],
    ['null does too', 'query($n: Int) { jobs(first: $n) { totalCount } }', { n: null }, 51],
    ['lists in lists multiply', '{ jobs(first: 10) { edges { node { tasks(first: 3) { id } } } } }', {}, 1 + 10 * (1 + 1 + 1 + 3)],
    ['the default of a list in a list counts', '{ job(id: "1") { tasks { id } } }', {}, 1 + 1 + 10],
    ['ids count by their number', '{ nodes(ids: ["1", "2", "3"]) { id name } }', {}, 7],
    ['ids in a variable count', 'query($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: ['1', '2'] }, 3],
    ['a variable among literal ids counts', 'query($a: ID!) { nodes(ids: ["1", $a]) { id } }', { a: '2' }, 3],
    ['a single id given for a list counts one', '{ nodes(ids: "1") { id } }', {}, 2],
    ['ids in an input count', 'mutation { closeJobs(input: { jobIds: ["1", "2", "3"] }) { results { id } } }', {}, 7],
    [
      'ids in an input variable count',
      'mutation($i: CloseJobsInput!) { closeJobs(input: $i) { results { id } } }',
      { i: { jobIds: ['1', '2'] } },
      5,
    ],
    ['ids in a filter count', '{ jobs(first: 1, filter: { ids: ["1", "2", "3"] }) { totalCount } }', {}, 4],
    [
      'ids in a filter variable count',
      'query($f: JobFilter) { jobs(first: 1, filter: $f) { totalCount } }',
      { f: { ids: ['1', '2', '3'] } },
      4,
    ],
    ['ids that the filter calls otherwise count', '{ jobs(first: 1, filter: { tasks: ["1", "2"] }) { totalCount } }', {}, 3],
    ['ids deeper in a filter count', '{ jobs(first: 1, filter: { not: { not: { ids: ["1", "2", "3"] } } }) { totalCount } }', {}, 4],
    [
      'ids in a list of filters count',
      '{ jobs(first: 1, filter: { any: [{ ids: ["1"] }, { ids: ["1", "2", "3"] }] }) { totalCount } }',
      {},
      4,
    ],
    ['a list of words is no list of ids', '{ jobs(first: 1, filter: { words: ["a", "b", "c"] }) { totalCount } }', {}, 2],
    ['the larger of page and ids counts', '{ jobs(first: 9, filter: { ids: ["1", "2", "3"] }) { totalCount } }', {}, 10],
    ['a subscription to many ids counts each', 'subscription { ticks(filter: { ids: ["1", "2", "3"] }) { number } }', {}, 4],
    ['what a vendor leaves open counts fifty', '{ job(id: "1") { id raw } }', {}, 52],
    ['an input without ids counts one', 'mutation { closeJobs(input: { expression: "a*" }) { results { id } } }', {}, 3],
    ['a negative size counts one: the resolver refuses it', '{ jobs(first: -5) { totalCount } }', {}, 2],
    ['zero counts one', '{ jobs(first: 0) { totalCount } }', {}, 2],
    ['fragments count per use', '{ a: job(id: "1") { ...F } b: job(id: "2") { ...F } } fragment F on Job { id name }', {}, 6],
    ['inline fragments count', '{ job(id: "1") { ... on Job { id name } ... { broken } } }', {}, 4],
    ['skipped fields are free', 'query($s: Boolean!) { job(id: "1") @skip(if: $s) { id } hello }', { s: true }, 1],
    ['fields not skipped cost', 'query($s: Boolean!) { job(id: "1") @skip(if: $s) { id } hello }', { s: false }, 3],
    [
      'included fields cost',
      'query($s: Boolean!) { ...F @include(if: $s) hello } fragment F on Query { job(id: "1") { id } }',
      { s: true },
      3,
    ],
    [
      'fields not included are free',
      'query($s: Boolean!) { ...F @include(if: $s) hello } fragment F on Query { job(id: "1") { id } }',
      { s: false },
      1,
    ],
  ])('%s', (_name, query, variables, cost) => {
    expect(costOf(query, variables)).toBe(cost);
  });

  it('is told of a hundred thousand ids', () => {
    const ids = Array.from({ length: 200_000 }, () => '1');
    expect(costOf('query($f: JobFilter) { jobs(filter: $f) { totalCount } }', { f: { ids, any: ids.map(() => ({})) } })).toBe(200_001);
  });

  it('is judged per request: the same document passes with a small page and not with a large one', async () => {
    const { run } = harness({ 'Query.jobs': () => ({ edges: [] }) });
    const query = 'query($n: Int) { jobs(first: $n) { edges { node { id } } } }';
    expect(messages(await run(query, { n: 333 }))).toEqual([]);
    expect(messages(await run(query, { n: 334 }))).toEqual([
      'The answer may hold 1003 fields; limits.maxCost allows 1000. Ask for smaller pages or fewer fields.',
    ]);
    expect(messages(await run(query, { n: 1 }))).toEqual([]);
  });
});
