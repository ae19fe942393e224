import 'reflect-metadata';
import { Field, Int, InterfaceType, ObjectType } from 'type-graphql';

@ObjectType('PageInfo', { simpleResolvers: true, description: 'Relay page info. Lists are paged forward only.' })
export class PageInfoType {
  @Field(() => Boolean, { description: 'Whether `after: endCursor` gives more.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether anything stands before this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first row; null when the page is empty.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last row; null when the page is empty.' })
  endCursor!: string | null;
}

@InterfaceType('PartialList', { description: "Every list that may lack a backend's part." })
export abstract class PartialListInterface {
  @Field(() => PageInfoType, { description: 'Where this page stands.' })
  pageInfo!: PageInfoType;

  @Field(() => Int, { nullable: true, description: 'On all pages together, of the backends that answered. Null when none did.' })
  totalCount!: number | null;

  @Field(() => String, {
    description:
      'Hand it to the subscription with the same filter as `after`: it then goes on from this answer, or begins with `reset` where it cannot.',
  })
  liveCursor!: string;
}

@ObjectType('JobConnection', { implements: PartialListInterface, simpleResolvers: true, description: 'A page of jobs.' })
export class JobConnectionType {}

@ObjectType('JobEdge', { simpleResolvers: true, description: 'A job in a page.' })
export class JobEdgeType {
  @Field(() => String, { description: 'Hand it in as `after` to go on behind this row. Only good for the same filter and order.' })
  cursor!: string;
}

@ObjectType('TaskConnection', { implements: PartialListInterface, simpleResolvers: true, description: 'A page of tasks.' })
export class TaskConnectionType {}

@ObjectType('TaskEdge', { simpleResolvers: true, description: 'A task in a page.' })
export class TaskEdgeType {
  @Field(() => String, { description: 'Hand it in as `after` to go on behind this row. Only good for the same filter and order.' })
  cursor!: string;
}

@ObjectType('DetectorConnection', { implements: PartialListInterface, simpleResolvers: true, description: 'A page of detectors.' })
export class DetectorConnectionType {}

@ObjectType('DetectorEdge', { simpleResolvers: true, description: 'A detector in a page.' })
export class DetectorEdgeType {
  @Field(() => String, { description: 'Hand it in as `after` to go on behind this row. Only good for the same filter and order.' })
  cursor!: string;
}
