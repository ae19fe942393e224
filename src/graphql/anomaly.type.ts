import 'reflect-metadata';
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { BackendFailureType } from './backend.type.js';
import { PageInfoType } from './connection.type.js';
import { DateTimeScalar, JsonScalar } from './scalars.js';
import { EntityValueType } from './values.js';

@ObjectType('Anomaly', { simpleResolvers: true, description: 'Something unusual that a job or a detector has found.' })
export class AnomalyType {
  @Field(() => ID, { description: 'Its own id, so that caches can merge it; not fetchable by itself.' })
  id!: string;

  @Field(() => DateTimeScalar, { description: 'Where it begins.' })
  startAt!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Where it ends; null where the vendor does not say.' })
  endAt!: number | null;

  @Field(() => Float, {
    description:
      '0..1: how unusual it is. Of a job among all that it has found so far, so it may change; of a detector the grade it was given, which does not.',
  })
  score!: number;

  @Field(() => Float, { nullable: true, description: '0..1: how sure the model is; null where the vendor does not say.' })
  confidence!: number | null;

  @Field(() => [EntityValueType], { description: 'Whom it is about; empty when it is about the whole of the data.' })
  entity!: readonly EntityValueType[];

  @Field(() => String, { nullable: true, description: "What was looked at, in the vendor's words: `mean`; null where it names none." })
  functionName!: string | null;

  @Field(() => String, { nullable: true, description: 'The field it was looked at in; null for functions that need none.' })
  fieldName!: string | null;

  @Field(() => [Float], { description: 'What was seen; empty where the vendor does not say.' })
  actual!: readonly number[];

  @Field(() => [Float], { description: 'What was to be expected; empty where the vendor does not say.' })
  typical!: readonly number[];

  @Field(() => Boolean, { description: 'Made before all data of its time had come: it may change or go.' })
  interim!: boolean;

  @Field(() => JsonScalar, { nullable: true, description: 'As the vendor sent it. Null when it sent none.' })
  raw?: unknown;
}

@ObjectType('AnomalyEdge', { simpleResolvers: true, description: 'An anomaly in a page.' })
export class AnomalyEdgeType {
  @Field(() => String, { description: 'Hand it in as `after` to go on behind this row. Only good for the same filter.' })
  cursor!: string;

  @Field(() => AnomalyType, { description: 'The anomaly.' })
  node!: AnomalyType;
}

@ObjectType('AnomalyConnection', {
  simpleResolvers: true,
  description: 'A page of anomalies, highest score first. Paged by position: what is found meanwhile moves the others on.',
})
export class AnomalyConnectionType {
  @Field(() => [AnomalyEdgeType], { description: 'The rows with their cursors.' })
  edges!: readonly AnomalyEdgeType[];

  @Field(() => [AnomalyType], { description: 'The rows without their cursors.' })
  nodes!: readonly AnomalyType[];

  @Field(() => PageInfoType, { description: 'Where this page stands.' })
  pageInfo!: PageInfoType;

  @Field(() => Int, { nullable: true, description: 'On all pages together. Null where the vendor does not say, or they cannot be read.' })
  totalCount!: number | null;

  @Field(() => [BackendFailureType], { description: 'Why there are none to be had (ANOMALIES); empty when nothing is missing.' })
  unavailable!: readonly BackendFailureType[];
}
