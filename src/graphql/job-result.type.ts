import 'reflect-metadata';
import { Field, Float, ObjectType } from 'type-graphql';
import { NodeInterface } from './node.type.js';
import { ResultEntity } from './result-entity.type.js';
import { DateTimeScalar, SafeIntScalar } from './scalars.js';

/* `entities` is a relation: job-result.resolver.ts. */

@ObjectType('JobResult', {
  implements: NodeInterface,
  simpleResolvers: true,
  description:
    'What a finished job handed over, as the gateway keeps it. A job may hand over several things: exploration gives two, PCA three.',
})
export class JobResultType implements NodeInterface {
  id!: string;

  @Field(() => DateTimeScalar, { description: 'When the gateway got it.' })
  receivedAt!: number;

  @Field(() => SafeIntScalar, { description: 'Its size as the vendor sent it.' })
  bytes!: number;
}

@ObjectType('NumberResult', { implements: ResultEntity, simpleResolvers: true, description: 'A number: `pcaSumValues` and the like.' })
class NumberResultType extends ResultEntity {
  @Field(() => Float, { nullable: true, description: 'The number; null for NaN and the infinities, which Float cannot carry: see `raw`.' })
  number!: number | null;
}

@ObjectType('UnknownResult', {
  implements: ResultEntity,
  simpleResolvers: true,
  description: 'A part this gateway has no type for, or could not understand: see `raw`.',
})
class UnknownResultType extends ResultEntity {
  @Field(() => String, { nullable: true, description: 'Why it has no type; null for a key this gateway does not know.' })
  reason!: string | null;
}

/** Parts of results that no field names: they stand behind the interface. */
export const plainResultTypes = [NumberResultType, UnknownResultType];
