import 'reflect-metadata';
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { DateTimeScalar, JsonScalar, SafeIntScalar } from './scalars.js';

const unknown = 'null where the vendor does not say';

/* The nodes, models and detectors they speak of are relations: detector-profile.resolver.ts. */

@ObjectType('DetectorProfile', {
  simpleResolvers: true,
  description:
    "A detector's state in the cluster's memory, from the vendor's profile. What the detector's state gives no reason to tell is null: a stopped one holds nothing.",
})
export class DetectorProfileType {
  @Field(() => ID, { description: 'Its own id, so that caches can merge it; not fetchable by itself.' })
  id!: string;

  @Field(() => String, { nullable: true, description: `The vendor's word for the state of the real-time run; ${unknown}.` })
  vendorState!: string | null;

  @Field(() => String, { nullable: true, description: "What goes wrong in the real-time run, in the vendor's words; null when nothing." })
  error!: string | null;

  @Field(() => SafeIntScalar, { nullable: true, description: `Bytes its models take in memory, on all nodes; ${unknown}.` })
  totalBytes!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: '0..1: how much of the data needed for a first model has been seen; null once it runs.',
  })
  initProgress!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "Minutes until the first model, by the vendor's own estimate when it was asked; null once it runs, or without data.",
  })
  estimatedMinutesLeft!: number | null;

  @Field(() => Int, { nullable: true, description: 'Shingles of data still missing for the first model; null once it runs.' })
  neededShingles!: number | null;

  @Field(() => Int, { nullable: true, description: 'Entities in the data, as far as the vendor counts them; null for a single stream.' })
  totalEntities!: number | null;

  @Field(() => Int, { nullable: true, description: 'Entities with a model that is in use; null for a single stream.' })
  activeEntities!: number | null;

  @Field(() => Int, { nullable: true, description: `Models in memory, on all nodes; ${unknown}.` })
  modelCount!: number | null;

  @Field(() => Int, { nullable: true, description: 'Slots the historical run under way holds; null when there is none.' })
  taskSlots!: number | null;

  @Field(() => Int, { nullable: true, description: 'Entities that wait in the historical run under way; null when there is none.' })
  pendingEntities!: number | null;

  @Field(() => Int, { nullable: true, description: 'Entities analysed just now by the historical run under way; null when there is none.' })
  runningEntities!: number | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: "As the vendor sent it; its shape is the vendor's and may change with its version. Null when it sent none.",
  })
  raw?: unknown;
}

@ObjectType('EntityProfile', {
  simpleResolvers: true,
  description: "What the cluster knows of one entity of a high-cardinality detector's real-time run, from the vendor's profile.",
})
export class EntityProfileType {
  @Field(() => ID, { description: 'Its own id, another for each entity, so that caches can merge it; not fetchable by itself.' })
  id!: string;

  @Field(() => String, { nullable: true, description: `The vendor's word for the state of its model; ${unknown}.` })
  vendorState!: string | null;

  @Field(() => Boolean, { nullable: true, description: `Whether its model is in memory and in use; ${unknown}.` })
  active!: boolean | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When its model was last used; null when it never was.' })
  lastActiveAt!: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Time of the newest data seen of it; null when none was.' })
  lastSampleAt!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: '0..1: how much of the data needed for its first model has been seen; null once there is one.',
  })
  initProgress!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "Minutes until its first model, by the vendor's own estimate when it was asked; null once there is one, or without data.",
  })
  estimatedMinutesLeft!: number | null;

  @Field(() => Int, { nullable: true, description: 'Shingles of data still missing for its first model; null once there is one.' })
  neededShingles!: number | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: "As the vendor sent it; its shape is the vendor's and may change with its version. Null when it sent none.",
  })
  raw?: unknown;
}
