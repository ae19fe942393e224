import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { compileCost } from '../../../src/execution/cost.js';
import { fragmentsOf } from '../../../src/execution/measure.js';
import { createGraphqlRig } from '../../support/graphql-rig.js';

const { schema } = createGraphqlRig();

describe('the cost of what is asked about detectors and jobs', () => {
  it.each<[string, string, number]>([
    ['a list by its default', '{ detectors { totalCount } }', 1 + 50],
    ['a list by its page', '{ detectors(first: 100) { nodes { id } } }', 1 + 100 * 2],
    ['a list by its ids', '{ detectors(first: 1, filter: { ids: ["a", "b", "c"] }) { totalCount } }', 1 + 3],
    ['the tasks of each row', '{ detectors(first: 10) { nodes { tasks(first: 5) { totalCount } } } }', 1 + 10 * (1 + 1 + 5)],
    ['the anomalies of each row', '{ detectors(first: 10) { nodes { anomalies { totalCount } } } }', 1 + 10 * (1 + 20 + 20)],
    ['the children of each task', '{ tasks(first: 10) { nodes { children(first: 3) { totalCount } } } }', 1 + 10 * (1 + 1 + 3)],
    ['tasks by their detectors', '{ tasks(first: 1, filter: { detectors: ["a", "b"] }) { totalCount } }', 1 + 2],
    ['the models of a node', '{ nodeStats(backend: "b") { models(first: 7) { totalCount } } }', 1 + 1 + 7],
    [
      'an entity’s profile as one object',
      '{ detector(id: "d") { entityProfile(entity: [{ name: "a", value: "b" }]) { id } } }',
      1 + 20 + 1,
    ],
    ['the profile of each row', '{ detectors(first: 10) { nodes { profile { id } } } }', 1 + 10 * (1 + 20 + 1)],
    [
      'what a job found and kept',
      '{ job(id: "j") { anomalies(first: 1) { totalCount } modelSnapshots(first: 1) { totalCount } } }',
      1 + 2 * (20 + 1),
    ],
    [
      'what a job handed over as reads of the store',
      '{ jobs(first: 10) { nodes { result { entities { ... on DataFrame { rows(first: 1000) { totalCount } } } } } } }',
      1 + 10 * (1 + 1 + 5 + 5 + 1000),
    ],
    ['a definition in the vendor’s words as much as many fields', '{ detector(id: "d") { filterQuery } }', 1 + 50],
  ])('counts %s', (_what, query, expected) => {
    const document = parse(query);
    const [operation] = document.definitions;
    if (operation?.kind !== 'OperationDefinition') return expect.fail('no operation');
    expect(compileCost(schema, fragmentsOf(document), operation)({})).toBe(expected);
  });

  it('keeps one document from being tens of thousands of calls', () => {
    const aliases = Array.from(
      { length: 50 },
      (_, index) => `a${index}: entityProfile(entity: [{ name: "host", value: "${index}" }]) { id }`,
    );
    const document = parse(`{ detectors(first: 500) { nodes { ${aliases.join(' ')} } } }`);
    const [operation] = document.definitions;
    if (operation?.kind !== 'OperationDefinition') return expect.fail('no operation');
    expect(compileCost(schema, fragmentsOf(document), operation)({})).toBeGreaterThan(500_000);
  });
});
