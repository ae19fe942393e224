import { isEnumType, isInterfaceType, isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { VendorModule } from '../../../src/domain/index.js';
import { buildGatewaySchema } from '../../../src/graphql/index.js';
import {
  DateTimeScalar,
  Field,
  Float,
  ID,
  Int,
  InterfaceType,
  JobDetails,
  JsonScalar,
  ObjectType,
  SafeIntScalar,
} from '../../../src/graphql/kit.js';
import { createToyVendor } from '../../support/toy-vendor.js';

@InterfaceType('KitPart', { description: 'A part.', autoRegisterImplementations: false })
abstract class KitPart {
  @Field(() => ID, { description: 'Its own id.' })
  id!: string;
}

@ObjectType('KitWheel', { implements: KitPart, simpleResolvers: true, description: 'A wheel.' })
class KitWheel implements KitPart {
  id!: string;

  @Field(() => Int, { description: 'Spokes.' })
  spokeCount!: number;

  @Field(() => Float, { nullable: true, description: 'Null while it stands still.' })
  speed!: number | null;
}

@ObjectType('KitJobDetails', { implements: JobDetails, simpleResolvers: true, description: 'Details of a fourth vendor.' })
class KitJobDetails extends JobDetails {
  @Field(() => [KitPart], { description: 'Its parts.' })
  parts!: readonly KitPart[];

  @Field(() => SafeIntScalar, { description: 'Bytes.' })
  sizeBytes!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Null when never oiled.' })
  oiledAt!: number | null;

  @Field(() => JsonScalar, { nullable: true, description: 'Null when plain.' })
  trim!: unknown;
}

const fourth: VendorModule = { ...createToyVendor('FOURTH').module, graphqlTypes: [KitJobDetails, KitWheel] };

describe('a vendor’s own types', () => {
  it('need nothing but the kit', () => {
    const schema = buildGatewaySchema({ vendors: [fourth] });
    const details = schema.getType('KitJobDetails');
    expect(isObjectType(details) && Object.values(details.getFields()).map((field) => `${field.name}: ${field.type}`)).toEqual([
      'id: ID!',
      'raw: JSON',
      'parts: [KitPart!]!',
      'sizeBytes: SafeInt!',
      'oiledAt: DateTime',
      'trim: JSON',
    ]);
    const part = schema.getType('KitPart');
    expect(isInterfaceType(part) && schema.getPossibleTypes(part).map(({ name }) => name)).toEqual(['KitWheel']);
  });

  it('are in the schema only with their vendor', () => {
    const without = buildGatewaySchema({ vendors: [createToyVendor().module] });
    expect(without.getType('KitJobDetails')).toBeUndefined();
    expect(without.getType('KitPart')).toBeUndefined();
  });

  it('stand beside those of other vendors', () => {
    const schema = buildGatewaySchema({ vendors: [createToyVendor().module, fourth] });
    const details = schema.getType('JobDetails');
    expect(
      isInterfaceType(details) &&
        schema
          .getPossibleTypes(details)
          .map(({ name }) => name)
          .sort(),
    ).toEqual(['KitJobDetails', 'ToyJobDetails']);
  });

  it('says of a kind of task what its vendor says, the first one of those that have it', () => {
    const other: VendorModule = { ...fourth, taskKinds: { POLISH: 'Something else.', GRIND: 'Grinds.' } };
    const kinds = buildGatewaySchema({ vendors: [createToyVendor().module, other] }).getType('TaskKind');
    const meanings = isEnumType(kinds) && kinds.getValues().map(({ name, description }) => [name, description]);
    expect(meanings).toEqual([
      ['POLISH', 'Polishes the marbles of a run.'],
      ['RESET', 'Puts the marbles back to the start.'],
      ['GRIND', 'Grinds.'],
      ['UNKNOWN', 'Something this gateway has no word for: see `vendorType`.'],
    ]);
  });
});
