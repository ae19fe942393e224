import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { FieldSet } from '../../../src/domain/index.js';
import { entitiesWanted, operationFields } from '../../../src/graphql/fields.js';
import { createGraphqlRig } from '../../support/graphql-rig.js';

const { schema } = createGraphqlRig();

/** The fields of an operation as the resolvers would see them. */
const fieldsOf = (source: string, variableValues: Record<string, unknown> = {}): FieldSet => {
  const document = parse(source);
  const operation = document.definitions.find((each) => each.kind === 'OperationDefinition') ?? expect.fail('no operation');
  const fragments = Object.fromEntries(
    document.definitions.flatMap((each) => (each.kind === 'FragmentDefinition' ? [[each.name.value, each]] : [])),
  );
  return operationFields({ schema, fragments, operation, variableValues });
};
const jobFields = (source: string, variables?: Record<string, unknown>): readonly string[] =>
  [...fieldsOf(source, variables)].filter((field) => field.startsWith('Job.')).sort();

describe('the fields of an operation', () => {
  it('are the coordinates of everything selected anywhere', () => {
    const fields = fieldsOf('{ jobs { totalCount nodes { id currentTask { state counts { current } } } } backends { key } }');
    expect([...fields].sort()).toEqual([
      'Backend.key',
      'Job.currentTask',
      'Job.id',
      'JobConnection.nodes',
      'JobConnection.totalCount',
      'Progress.current',
      'Query.backends',
      'Query.jobs',
      'Task.counts',
      'Task.state',
    ]);
  });

  it('go by the field, not by its alias', () => {
    expect(jobFields('{ job(id: "job:one:a") { id: nativeId state: vendorState } }')).toEqual(['Job.nativeId', 'Job.vendorState']);
  });

  it('follow fragments, nested, repeated and inline', () => {
    const source = `
      { jobs { nodes { ...Row } edges { node { ...Row ... on Job { type } ... { owner } } } } }
      fragment Row on Job { id ...More }
      fragment More on Job { state backend { ...Badge } }
      fragment Badge on Backend { version }
    `;
    expect(jobFields(source)).toEqual(['Job.backend', 'Job.id', 'Job.owner', 'Job.state', 'Job.type']);
    expect(fieldsOf(source)).toContain('Backend.version');
  });

  it('are not trapped by fragments that spread each other', () => {
    expect(jobFields('{ job(id: "x") { ...A } } fragment A on Job { id ...B } fragment B on Job { state ...A }')).toEqual([
      'Job.id',
      'Job.state',
    ]);
  });

  it('want what is selected on an interface of every type that implements it', () => {
    const fields = fieldsOf('{ node(id: "x") { id ... on Job { details { raw ... on ToyJobDetails { colour } } } } }');
    expect(fields).toContain('JobDetails.raw');
    expect(fields).toContain('ToyJobDetails.raw');
    expect(fields).toContain('ToyJobDetails.colour');
    for (const type of ['Node', 'Job', 'Task', 'Backend', 'Datafeed', 'NodeStats']) expect(fields).toContain(`${type}.id`);
    expect(fields).not.toContain('Task.details');
  });

  it('reach through the payload interfaces of mutations', () => {
    const fields = fieldsOf(
      'mutation { closeJob(input: { jobId: "x" }) { ...Verb } } fragment Verb on JobPayload { job { state } errors { message } }',
    );
    expect(fields).toContain('CloseJobPayload.job');
    expect(fields).toContain('Job.state');
  });

  it('count in what @include may leave out', () => {
    expect(jobFields('query($with: Boolean!) { job(id: "x") { id state @include(if: $with) } }', { with: false })).toEqual([
      'Job.id',
      'Job.state',
    ]);
  });

  it('hold what counting by state needs', () => {
    expect(jobFields('{ jobs { stateCounts { count } } }')).toEqual(['Job.state']);
    expect(jobFields('subscription { jobsChanged { stateCounts { count } } }')).toEqual(['Job.state']);
  });

  it('hold what a filter and an order look at, also from variables', () => {
    expect(jobFields('{ jobs(filter: { text: "x", groups: ["g"] }, orderBy: { field: LAST_ACTIVITY_AT }) { nodes { id } } }')).toEqual([
      'Job.description',
      'Job.groups',
      'Job.id',
      'Job.lastActivityAt',
    ]);
    const byVariables = 'query($f: JobFilter, $o: JobOrder) { jobs(filter: $f, orderBy: $o) { nodes { id } } }';
    expect(jobFields(byVariables, { f: { busy: false, owners: ['ada'] }, o: { field: 'STATE' } })).toEqual([
      'Job.currentTask',
      'Job.id',
      'Job.owner',
      'Job.state',
    ]);
    expect(jobFields(byVariables)).toEqual(['Job.id']);
    expect(jobFields(byVariables, { f: { states: null, busy: null, text: null }, o: null })).toEqual(['Job.id']);
    expect(jobFields('subscription { jobsChanged(filter: { states: [OPENED], types: ["t"] }) { added { id } } }')).toEqual([
      'Job.id',
      'Job.state',
      'Job.type',
    ]);
  });

  it('leave arguments that cannot be had to their own field', () => {
    expect(jobFields('query($o: JobOrderField!) { jobs(orderBy: { field: $o }) { nodes { id } } }')).toEqual(['Job.id']);
  });

  it('are the same set for the same operation and arguments', () => {
    const document = parse('query($f: JobFilter) { jobs(filter: $f) { nodes { id } } }');
    const [operation] = document.definitions;
    if (operation?.kind !== 'OperationDefinition') return expect.fail('no operation');
    const with_ = (variableValues: Record<string, unknown>) => operationFields({ schema, fragments: {}, operation, variableValues });
    expect(with_({ f: { states: ['OPENED'] } })).toBe(with_({ f: { states: ['CLOSED'] } }));
    expect(with_({})).toBe(with_({ f: {} }));
    expect(with_({})).not.toBe(with_({ f: { text: 'x' } }));
  });

  it('are what the adapter is asked for, in every read of the operation', async () => {
    const rig = createGraphqlRig();
    const { id } = rig.world('one').addJob('a');
    await rig.run('query($id: ID!) { jobs(orderBy: { field: CREATED_AT }) { nodes { state } } job(id: $id) { details { raw } } }', { id });
    const asked = rig.world('one').calls.map(({ fields }) => [...fields].filter((field) => field.startsWith('Job.')).sort());
    expect(asked).toEqual(asked.map(() => ['Job.createdAt', 'Job.details', 'Job.state']));
    expect(asked.length).toBeGreaterThan(0);
  });
});

describe('the fields of an operation about detectors', () => {
  const of = (type: string, source: string, variables?: Record<string, unknown>): readonly string[] =>
    [...fieldsOf(source, variables)].filter((field) => field.startsWith(`${type}.`)).sort();

  it('are those of everything that comes with them, through fragments too', () => {
    const source = `
      { jobs { nodes { detector { ...Runs } } } }
      fragment Runs on Detector { historicalTask { ...Row } ... on Detector { realtimeTask { ...Row } allowedActions(run: HISTORICAL) } }
      fragment Row on Task { stateCounts { state } detector { job { state } } }
    `;
    expect(of('Detector', source)).toEqual(['Detector.allowedActions', 'Detector.historicalTask', 'Detector.job', 'Detector.realtimeTask']);
    expect(of('Task', source)).toEqual(['Task.detector', 'Task.stateCounts']);
    expect(of('Job', source)).toEqual(['Job.detector', 'Job.state']);
  });

  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ['no arguments', {}, ['Detector.name']],
    ['an order', { orderBy: { field: 'UPDATED_AT' } }, ['Detector.updatedAt']],
    [
      'a filter on runs',
      { filter: { realtimeStates: ['RUNNING'], historicalStates: [] }, orderBy: { field: 'ID' } },
      ['Detector.historicalTask', 'Detector.id', 'Detector.realtimeTask'],
    ],
    ['a filter on text', { filter: { text: 'x' } }, ['Detector.description', 'Detector.name']],
    ['a filter that is null', { filter: { indices: null, highCardinality: null }, orderBy: { field: 'ID' } }, ['Detector.id']],
    [
      'a filter on what they are',
      { filter: { indices: ['a'], highCardinality: false } },
      ['Detector.highCardinality', 'Detector.indices', 'Detector.name'],
    ],
  ])('hold what a list with %s looks at', (_what, variables, expected) => {
    const source =
      'query($filter: DetectorFilter, $orderBy: DetectorOrder) { detectors(filter: $filter, orderBy: $orderBy) { totalCount } }';
    expect(of('Detector', source, variables)).toEqual(expected);
  });

  it('hold what a watched list looks at, which has no order', () => {
    const watched = 'subscription($filter: DetectorFilter) { detectorsChanged(filter: $filter) { synced } }';
    expect(of('Detector', watched)).toEqual([]);
    expect(of('Detector', watched, { filter: { realtimeStates: ['FAILED'] } })).toEqual(['Detector.realtimeTask']);
  });

  it('hold the entity of tasks wherever tasks are listed, which decides whether they are in the list', () => {
    expect(of('Task', '{ tasks { totalCount } }')).toEqual(['Task.entity']);
    expect(of('Task', '{ task(id: "task:one:t") { state children { totalCount } } }')).toEqual([
      'Task.children',
      'Task.entity',
      'Task.state',
    ]);
    expect(of('Task', '{ task(id: "task:one:t") { state } }')).toEqual(['Task.state']);
  });

  it('name the entities whose profile is wanted, variables filled in', () => {
    const source = `query($entity: [EntityValueInput!]!) { detectors { nodes {
      a: entityProfile(entity: $entity) { id } b: entityProfile(entity: [{ name: "host", value: "red" }]) { id }
    } } }`;
    const document = parse(source);
    const [operation] = document.definitions;
    if (operation?.kind !== 'OperationDefinition') return expect.fail('no operation');
    const entity = [{ name: 'host', value: 'blue' }];
    expect(entitiesWanted({ schema, fragments: {}, operation, variableValues: { entity } })).toEqual([
      entity,
      [{ name: 'host', value: 'red' }],
    ]);
  });
});
