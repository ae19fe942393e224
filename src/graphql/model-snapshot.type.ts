import 'reflect-metadata';
import { Field, Int, ObjectType } from 'type-graphql';
import { PageInfoType } from './connection.type.js';
import { DateTimeScalar } from './scalars.js';

@ObjectType('ModelSnapshot', { simpleResolvers: true, description: 'A saved model one can revert to.' })
export class ModelSnapshotType {
  @Field(() => String, { description: 'Hand it to revertJob.' })
  snapshotId!: string;

  @Field(() => String, { nullable: true, description: 'What was written about it; null when nothing.' })
  description!: string | null;

  @Field(() => DateTimeScalar, { description: 'When it was saved.' })
  createdAt!: number;

  @Field(() => Int, { nullable: true, description: 'Documents it is kept in; null where the vendor does not say.' })
  documentCount!: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Time of the newest record it has seen; null when it has seen none.' })
  latestRecordAt!: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Time of the newest result made with it; null when there is none.' })
  latestResultAt!: number | null;

  @Field(() => Boolean, { description: 'Whether it is kept when old ones are cleared away.' })
  retain!: boolean;
}

@ObjectType('ModelSnapshotEdge', { simpleResolvers: true, description: 'A model snapshot in a page.' })
export class ModelSnapshotEdgeType {
  @Field(() => String, { description: 'Hand it in as `after` to go on behind this row.' })
  cursor!: string;

  @Field(() => ModelSnapshotType, { description: 'The snapshot.' })
  node!: ModelSnapshotType;
}

@ObjectType('ModelSnapshotConnection', {
  simpleResolvers: true,
  description: 'A page of model snapshots, newest first. Paged by position: one that is saved meanwhile moves the others on.',
})
export class ModelSnapshotConnectionType {
  @Field(() => [ModelSnapshotEdgeType], { description: 'The rows with their cursors.' })
  edges!: readonly ModelSnapshotEdgeType[];

  @Field(() => [ModelSnapshotType], { description: 'The rows without their cursors.' })
  nodes!: readonly ModelSnapshotType[];

  @Field(() => PageInfoType, { description: 'Where this page stands.' })
  pageInfo!: PageInfoType;

  @Field(() => Int, { nullable: true, description: 'On all pages together. Null where the vendor does not say, or they cannot be read.' })
  totalCount!: number | null;
}
