import { readdirSync, readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  Kind,
  parse,
  validate,
  visit,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { idKinds } from '../../src/domain/index.js';
import { buildGatewaySchema, possibleTypes, printGatewaySchema } from '../../src/graphql/index.js';
import { vendorModules } from '../../src/vendors/registry.js';
import { createToyVendor } from '../support/toy-vendor.js';

const schema: GraphQLSchema = buildGatewaySchema({ vendors: vendorModules });
const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));
const objects = types.filter(isObjectType);
const interfaces = types.filter(isInterfaceType);
const inputs = types.filter(isInputObjectType);
const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]);

type Owned = { readonly coordinate: string; readonly owner: string; readonly field: GraphQLField<unknown, unknown> };
const outputFields: readonly Owned[] = [...objects, ...interfaces].flatMap((type) =>
  Object.values(type.getFields()).map((field) => ({ coordinate: `${type.name}.${field.name}`, owner: type.name, field })),
);
const inputFields = inputs.flatMap((type) =>
  Object.values(type.getFields()).map((field) => ({ coordinate: `${type.name}.${field.name}`, field })),
);
const hasId = (type: GraphQLObjectType): boolean => 'id' in type.getFields();
const coordinatesOf = (fields: readonly { readonly coordinate: string }[]): string[] => fields.map(({ coordinate }) => coordinate);

/** Replaced as a whole by whoever reads them: messages, pages, and values that say one thing. A new one belongs here only for such a reason. */
const valueTypes: readonly string[] = [
  'AnomalyConnection',
  'AnomalyEdge',
  'AwsQueue',
  'AwsTopic',
  'BackendFailure',
  'BackendHealth',
  'BackendUnavailableError',
  'BackendsUpdate',
  'CancelTaskPayload',
  'CloseJobPayload',
  'CloseJobsPayload',
  'CollectJobResultPayload',
  'ConflictError',
  'DataFrameColumn',
  'DataFrameRow',
  'DataFrameRowConnection',
  'DataFrameRowEdge',
  'DateRange',
  'DeleteJobPayload',
  'DetectorConnection',
  'DetectorEdge',
  'DetectorModel',
  'DetectorModelConnection',
  'DetectorModelEdge',
  'DetectorOutcome',
  'DetectorsUpdate',
  'EntityValue',
  'ForbiddenError',
  'IndexStatus',
  'InvalidInputError',
  'JobConnection',
  'JobEdge',
  'JobMessage',
  'JobOutcome',
  'JobStateCount',
  'JobsUpdate',
  'KMeansScore',
  'KeyValue',
  'KeyValueList',
  'KillJobPayload',
  'Metric',
  'ModelSnapshot',
  'ModelSnapshotConnection',
  'ModelSnapshotEdge',
  'NodeStatsUpdate',
  'NotFoundError',
  'OpenJobPayload',
  'PageInfo',
  'Progress',
  'ProjectAttribute',
  'ProjectInfo',
  'ProjectModel',
  'RefusedError',
  'ResetJobPayload',
  'ResetJobsPayload',
  'RevertJobPayload',
  'StartDatafeedPayload',
  'StartDetectorPayload',
  'StartDetectorsPayload',
  'StartSymetryJobPayload',
  'StopDatafeedPayload',
  'StopDetectorPayload',
  'StopDetectorsPayload',
  'TaskConnection',
  'TaskEdge',
  'TaskError',
  'TaskStateCount',
  'TaskUpdate',
  'TasksUpdate',
  'UnsupportedActionError',
  'WrongStateError',
];

describe('identity', () => {
  it('gives an id to every object that two documents may select differently, nested facts included', () => {
    const without = objects.filter((type) => !hasId(type) && !roots.has(type)).map(({ name }) => name);
    expect(without.sort()).toEqual(valueTypes);
  });

  it('keeps the name `id` for the object’s own, as ID!', () => {
    const ids = outputFields.filter(({ field }) => field.name === 'id');
    expect(ids.filter(({ field }) => `${field.type}` !== 'ID!')).toEqual([]);
    expect(objects.filter((type) => valueTypes.includes(type.name) && hasId(type))).toEqual([]);
  });

  it('names in the documentation everything without an id that two documents can select differently of one object', () => {
    // Answers of verbs, their errors and messages of streams are never read from a cache; rows of a list are replaced with it.
    const passing = /Payload$|Error$|Update$|Outcome$|Edge$/;
    const holders = objects.filter(({ name }) => !passing.test(name) && name !== 'Mutation' && name !== 'Subscription');
    const single = holders.flatMap((type) =>
      Object.values(type.getFields()).flatMap((field) => {
        const target = getNamedType(field.type);
        const isList = `${field.type}`.startsWith('[');
        return !isList && isObjectType(target) && !hasId(target) ? [target.name] : [];
      }),
    );
    const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8');
    const documented = [...page.matchAll(/(\w+): \{ merge: true \}/g)].map(([, name]) => name);
    expect(documented.sort()).toEqual([...new Set(single)].sort());
  });

  it('can fetch every kind of id again through Node', () => {
    // A table's id is that of its result, with its place.
    const ofKinds = possibleTypes(schema).Node?.filter((name) => name !== 'DataFrame');
    expect(ofKinds).toEqual(['Backend', 'ClusterStats', 'Datafeed', 'Detector', 'Job', 'JobResult', 'NodeStats', 'Task']);
    expect(ofKinds).toHaveLength(idKinds.length);
    expect(possibleTypes(schema).Node).toContain('DataFrame');
    const { node, nodes } = schema.getQueryType()?.getFields() ?? {};
    expect([`${node?.type}`, `${nodes?.type}`]).toEqual(['Node', '[Node]!']);
  });

  it('lets an input name an object only by its id', () => {
    const named = inputFields.filter(({ field }) => /Ids?$|^(ids|backends|jobs|parents)$/.test(field.name));
    // A snapshot is no object by itself: it is known within its job.
    expect(coordinatesOf(named.filter(({ field }) => getNamedType(field.type).name !== 'ID'))).toEqual(['RevertJobInput.snapshotId']);
    expect(named.length).toBeGreaterThan(10);
  });
});

describe('abstract types', () => {
  it('keeps what only one vendor knows behind an interface with `id` and `raw`', () => {
    const details = schema.getType('JobDetails');
    expect(isInterfaceType(details) && Object.values(details.getFields()).map((field) => `${field.name}: ${field.type}`)).toEqual([
      'id: ID!',
      'raw: JSON',
    ]);
    expect(`${schema.getType('Job') && objects.find(({ name }) => name === 'Job')?.getFields().details?.type}`).toBe('JobDetails');
  });

  it('gives no field name two types among the members of one interface', () => {
    // Node is the interface of everything: a document that selects two of its members by fragments has to alias what clashes.
    const returned = interfaces.filter(
      (type) => type.name !== 'Node' && outputFields.some(({ field }) => getNamedType(field.type) === type),
    );
    const clashes = returned.flatMap((type) => {
      const seen = new Map<string, string>();
      return schema.getPossibleTypes(type).flatMap((member) =>
        Object.values(member.getFields()).flatMap((field) => {
          const signature = `${field.type}`;
          const before = seen.get(field.name) ?? signature;
          seen.set(field.name, before);
          return before === signature ? [] : [`${type.name}: ${member.name}.${field.name} is ${signature}, elsewhere ${before}`];
        }),
      );
    });
    expect(clashes).toEqual([]);
  });

  it('says of every plain object behind an interface which type it is', () => {
    const returned = interfaces.filter((type) => outputFields.some(({ field }) => getNamedType(field.type) === type));
    expect(returned.map(({ name }) => name).sort()).toEqual(['JobDetails', 'MutationError', 'Node', 'NodeMetrics', 'ResultEntity']);
    for (const type of returned) expect(type.resolveType?.constructor.name).toBe('Function');
  });

  it('shows only the vendors it was made for', () => {
    const toy = buildGatewaySchema({ vendors: [createToyVendor('ACME').module] });
    const both = buildGatewaySchema({ vendors: [...vendorModules, createToyVendor('ACME').module] });
    const members = (of: GraphQLSchema, name: string): readonly string[] => {
      const type = of.getType(name);
      return isEnumType(type) ? type.getValues().map((value) => value.name) : [];
    };
    expect(members(toy, 'Vendor')).toEqual(['ACME']);
    expect(members(both, 'Vendor')).toEqual([...vendorModules.map(({ vendor }) => vendor), 'ACME']);
    expect(members(toy, 'TaskKind')).toEqual(['POLISH', 'RESET', 'UNKNOWN']);
    expect(possibleTypes(toy).JobDetails).toEqual(['ToyJobDetails']);
    expect(possibleTypes(schema).JobDetails).not.toContain('ToyJobDetails');
    expect(printGatewaySchema(buildGatewaySchema({ vendors: vendorModules }))).toBe(printGatewaySchema(schema));
  });
});

describe('names and scalars', () => {
  const scalarOf = ({ field }: Owned): string => getNamedType(field.type).name;

  it('ends durations in Ms, and counts them in whole milliseconds', () => {
    const durations = outputFields.filter(({ field }) => field.name.endsWith('Ms'));
    // Averages and sums that a vendor computes have fractions.
    const fractional = ['ElasticsearchTiming.averageBucketProcessingMs', 'ElasticsearchTiming.totalBucketProcessingMs'];
    const wrong = durations.filter((each) => !['SafeInt', 'Int'].includes(scalarOf(each)) && !fractional.includes(each.coordinate));
    expect(coordinatesOf(wrong)).toEqual([]);
    const unlikeTheRest = outputFields.filter(({ field }) =>
      /seconds|millis|minutes|duration/i.test(field.name.replace(/DurationMs$/, '')),
    );
    // The vendor's estimate, in its unit: it is coarse.
    expect(coordinatesOf(unlikeTheRest)).toEqual(['DetectorProfile.estimatedMinutesLeft', 'EntityProfile.estimatedMinutesLeft']);
  });

  it('ends sizes in Bytes, and counts them and all counters as SafeInt', () => {
    const sizes = outputFields.filter(({ field }) => /Bytes$/.test(field.name));
    expect(coordinatesOf(sizes.filter((each) => scalarOf(each) !== 'SafeInt'))).toEqual([]);
    // `totalCount` and `count` count what one answer lists.
    const counters = outputFields.filter(({ field }) => /[a-z]Count$/.test(field.name) && field.name !== 'totalCount');
    // A snapshot is kept in tens of documents, a memory holds thousands of models, a table is sent in one piece: never thousands of millions.
    const few = ['DataFrame.rowCount', 'DetectorProfile.modelCount', 'ModelSnapshot.documentCount'];
    expect(coordinatesOf(counters.filter((each) => scalarOf(each) !== 'SafeInt')).sort()).toEqual(few);
    expect(
      coordinatesOf(
        outputFields.filter(({ field }) => /size$/i.test(field.name) && scalarOf({ coordinate: '', owner: '', field }) === 'SafeInt'),
      ),
    ).toEqual([]);
  });

  it('ends instants in At, and tells them as DateTime', () => {
    const instants = outputFields.filter(({ field }) => /[a-z]At$/.test(field.name));
    expect(coordinatesOf(instants.filter((each) => scalarOf(each) !== 'DateTime'))).toEqual([]);
    const times = outputFields.filter((each) => scalarOf(each) === 'DateTime' && !/[a-z]At$/.test(each.field.name));
    expect(coordinatesOf(times).sort()).toEqual(['BackendHealth.since', 'DateRange.end', 'DateRange.start', 'JobMessage.at']);
  });

  it('has nothing that depends on the clock of the answer', () => {
    const relative = outputFields.filter(({ field }) => /left$|remaining|stale|ago$|elapsed|Age(Ms)?$/.test(field.name));
    // What left a list: objects, not time.
    expect(coordinatesOf(relative)).toEqual(['TasksUpdate.left', 'JobsUpdate.left', 'DetectorsUpdate.left']);
  });

  it('settles races by a SafeInt revision on what moves', () => {
    for (const name of ['Job', 'Task'])
      expect(`${objects.find((type) => type.name === name)?.getFields().revision?.type}`).toBe('SafeInt!');
  });
});

describe('arguments and inputs', () => {
  it('has no default on a field of an input object', () => {
    expect(coordinatesOf(inputFields.filter(({ field }) => field.defaultValue !== undefined))).toEqual([]);
  });

  it('has no @oneOf', () => {
    expect(inputs.filter((type) => type.isOneOf)).toEqual([]);
    expect(printGatewaySchema(schema)).not.toContain('@oneOf');
  });

  it('says of every optional input field what its absence means, at the field or at its type', () => {
    const silent = inputs.flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => !isNonNullType(field.type) && !/absent or null/i.test(`${field.description} ${type.description}`))
        .map((field) => `${type.name}.${field.name}`),
    );
    expect(silent).toEqual(['CloseJobsInput.jobIds', 'CloseJobsInput.expression', 'JobExpressionInput.allowNoJobs']);
  });

  it('takes no root argument that changes the value of a field: only which objects, which page, which stream', () => {
    const allowed = new Set(['id', 'ids', 'backend', 'nodes', 'filter', 'orderBy', 'first', 'after', 'snapshot', 'input']);
    const args = [...roots].flatMap((root) => Object.values(root?.getFields() ?? {}).flatMap((field) => field.args.map((arg) => arg.name)));
    expect(args.filter((name) => !allowed.has(name))).toEqual([]);
  });

  it('gives every mutation one input and a payload with typed errors', () => {
    for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
      const capital = `${field.name.charAt(0).toUpperCase()}${field.name.slice(1)}`;
      expect(field.args.map((arg) => `${arg.name}: ${arg.type}`)).toEqual([`input: ${capital}Input!`]);
      expect(`${field.type}`).toBe(`${capital}Payload!`);
      expect(`${objects.find(({ name }) => name === `${capital}Payload`)?.getFields().errors?.type}`).toBe('[MutationError!]!');
    }
  });

  it('pages every connection forward only, with a default size', () => {
    const connections = outputFields.filter(({ field }) => getNamedType(field.type).name.endsWith('Connection'));
    expect(coordinatesOf(connections).sort()).toContain('Query.jobs');
    for (const { field } of connections) {
      const names = field.args.map((arg) => arg.name);
      expect(names).toEqual(expect.arrayContaining(['after', 'first']));
      // A table may be entered in its middle.
      const known = ['after', 'filter', 'first', 'from', 'orderBy'];
      expect(names.filter((name) => !known.includes(name))).toEqual([]);
      expect(field.args.find((arg) => arg.name === 'first')?.defaultValue).toBeGreaterThan(0);
    }
  });
});

describe('partial lists', () => {
  /** What stands apart at one vendor, for one job, detector or node: nothing to watch there. */
  const ofOneObject = ['AnomalyConnection', 'DataFrameRowConnection', 'DetectorModelConnection', 'ModelSnapshotConnection'];

  it('lets every connection over backends say what is missing, how many there are, and where its stream begins', () => {
    const connections = objects.filter(({ name }) => name.endsWith('Connection') && !ofOneObject.includes(name));
    expect(connections.map(({ name }) => name).sort()).toEqual(['DetectorConnection', 'JobConnection', 'TaskConnection']);
    for (const type of connections) {
      const fields = type.getFields();
      expect(type.getInterfaces().map(({ name }) => name)).toContain('PartialList');
      expect([fields.unavailable, fields.totalCount, fields.liveCursor].map((field) => `${field?.type}`)).toEqual([
        '[BackendFailure!]!',
        'Int',
        'String!',
      ]);
    }
  });

  it('lets every other connection say how many there are, when that is known', () => {
    // The rows of a table are counted before the first is read.
    for (const name of ofOneObject)
      expect(`${objects.find((type) => type.name === name)?.getFields().totalCount?.type}`).toBe(
        name === 'DataFrameRowConnection' ? 'Int!' : 'Int',
      );
    expect(`${objects.find(({ name }) => name === 'AnomalyConnection')?.getFields().unavailable?.type}`).toBe('[BackendFailure!]!');
  });

  it('can always leave out a part of a row: what costs a call of its own is nullable or a list that says what it lacks', () => {
    const relations = ['Job', 'Task', 'Detector'].flatMap((name) =>
      Object.values(objects.find((type) => type.name === name)?.getFields() ?? {}),
    );
    const fixed = relations.filter((field) => isObjectType(getNamedType(field.type)) && isNonNullType(field.type)).map(({ name }) => name);
    // The backend is known from the configuration, the connections carry their own `unavailable`, and the log's failure is in that of the list. What comes
    // with a row costs no call: features, entity, counts, and a detector's job, of which the id is always known.
    const known = ['backend', 'backend', 'backend', 'entity', 'features', 'job', 'stateCounts'];
    expect(fixed.sort()).toEqual([...known, 'anomalies', 'anomalies', 'children', 'messages', 'tasks', 'tasks'].sort());
  });

  it('sends the same steps for every watched list', () => {
    const updates = schema.getPossibleTypes(interfaces.find(({ name }) => name === 'ListUpdate') ?? expect.fail('no ListUpdate'));
    expect(updates.map(({ name }) => name).sort()).toEqual([
      'BackendsUpdate',
      'DetectorsUpdate',
      'JobsUpdate',
      'NodeStatsUpdate',
      'TasksUpdate',
    ]);
    for (const type of updates)
      expect(Object.keys(type.getFields())).toEqual(expect.arrayContaining(['cursor', 'reset', 'synced', 'forgotten', 'backends']));
  });
});

describe('descriptions', () => {
  it('has one on every type, field, argument, input field and enum value', () => {
    const silent = [
      ...types.filter((type) => !type.description).map(({ name }) => name),
      ...outputFields.filter(({ field }) => !field.description).map(({ coordinate }) => coordinate),
      ...outputFields.flatMap(({ coordinate, field }) =>
        field.args.filter((arg) => !arg.description).map((arg) => `${coordinate}(${arg.name})`),
      ),
      ...inputFields.filter(({ field }) => !field.description).map(({ coordinate }) => coordinate),
      ...types.filter(isEnumType).flatMap((type) =>
        type
          .getValues()
          .filter((value) => !value.description)
          .map((value) => `${type.name}.${value.name}`),
      ),
    ];
    expect(silent).toEqual([]);
  });

  it('says of every nullable field of an object when it is null, or that absence is its point', () => {
    const nullable = outputFields.filter(({ field, owner }) => !isNonNullType(field.type) && !isListType(field.type) && owner !== 'Query');
    const said = /null|if any|when known|absent|missing|only when/i;
    expect(coordinatesOf(nullable.filter(({ field }) => !said.test(field.description ?? '')))).toEqual([]);
  });

  it('does not tell of sessions, paths or hosts', () => {
    expect(printGatewaySchema(schema)).not.toMatch(/localhost/);
  });
});

describe('printing', () => {
  it('is sorted and repeatable', () => {
    const printed = printGatewaySchema(schema);
    expect(printGatewaySchema(buildSchema(printed))).toBe(printed);
    expect(printed.endsWith('}\n')).toBe(true);
  });

  it('lists the members of every interface for client caches', () => {
    expect(Object.keys(possibleTypes(schema))).toEqual(interfaces.map(({ name }) => name).sort());
    expect(possibleTypes(schema).MutationError).toHaveLength(8);
  });
});

describe('what a dashboard asks', () => {
  const folder = new URL('../../schema/operations/', import.meta.url);
  const document = parse(
    readdirSync(folder)
      .filter((name) => name.endsWith('.graphql'))
      .map((name) => readFileSync(new URL(name, folder), 'utf8'))
      .join('\n'),
  );

  it('is valid against the schema', () => {
    // Each operation uses some of the fragments; together they use all.
    expect(validate(schema, document).map(({ message }) => message)).toEqual([]);
  });

  it('asks for the id of everything that has one', () => {
    const without: string[] = [];
    visit(document, {
      SelectionSet(node, _key, parent) {
        const names = node.selections.flatMap((each) => (each.kind === Kind.FIELD ? [each.name.value] : [`...`]));
        if (
          parent &&
          'kind' in parent &&
          parent.kind === Kind.FIELD &&
          ['job', 'task', 'datafeed', 'details'].includes(parent.name.value)
        ) {
          if (!names.includes('id') && !names.includes('...')) without.push(parent.name.value);
        }
      },
    });
    expect(without).toEqual([]);
  });
});
