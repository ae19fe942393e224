import { readFileSync } from 'node:fs';
import {
  buildASTSchema,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  parse,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildGatewaySchema } from '../../src/graphql/index.js';
import { vendorModules } from '../../src/vendors/registry.js';

/** One line for each thing that two schemas must agree on: a type with its kind and interfaces, a field with its type, an argument with its default. */
const describeType = (type: GraphQLNamedType): readonly string[] => {
  const args = (field: GraphQLField<unknown, unknown>): string =>
    field.args.length === 0
      ? ''
      : `(${field.args
          .map((arg) => `${arg.name}: ${arg.type}${arg.defaultValue === undefined ? '' : ` = ${JSON.stringify(arg.defaultValue)}`}`)
          .sort()
          .join(', ')})`;
  const { name } = type;
  if (isEnumType(type)) return [`enum ${name}`, ...type.getValues().map((value) => `${name}.${value.name}`)];
  if (isInputObjectType(type))
    return [`input ${name}`, ...Object.values(type.getFields()).map((field) => `${name}.${field.name}: ${field.type}`)];
  if (isObjectType(type) || isInterfaceType(type)) {
    return [
      `${isObjectType(type) ? 'type' : 'interface'} ${name}`,
      ...type.getInterfaces().map((each) => `${name} implements ${each.name}`),
      ...Object.values(type.getFields()).map((field) => `${name}.${field.name}${args(field)}: ${field.type}`),
    ];
  }
  return [`scalar ${name}`];
};

const describeSchema = (schema: GraphQLSchema): ReadonlyMap<string, readonly string[]> =>
  new Map(
    Object.values(schema.getTypeMap())
      .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
      .map((type) => [type.name, describeType(type)]),
  );

describe('the schema against the one it is being built to', () => {
  const target = describeSchema(buildASTSchema(parse(readFileSync(new URL('target.graphql', import.meta.url), 'utf8'))));
  const ours = describeSchema(buildGatewaySchema({ vendors: vendorModules }));

  it('has nothing that the target does not have in the same form', () => {
    const known = new Set([...target.values()].flat());
    expect([...ours.values()].flat().filter((line) => !known.has(line))).toEqual([]);
  });

  it('lacks nothing of it', () => {
    const mine = new Set([...ours.values()].flat());
    expect([...target.values()].flat().filter((line) => !mine.has(line))).toEqual([]);
  });
});
