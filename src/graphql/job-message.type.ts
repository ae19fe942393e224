import 'reflect-metadata';
import { Field, ObjectType } from 'type-graphql';
import { DateTimeScalar } from './scalars.js';

@ObjectType('JobMessage', {
  simpleResolvers: true,
  description: "A line of the vendor's own log about a job: why it failed, stopped, was reset.",
})
export class JobMessageType {
  @Field(() => DateTimeScalar, { description: 'When it was written.' })
  at!: number;

  @Field(() => String, { description: "How grave it is, in the vendor's words: `info`, `warning`, `error`; an open set." })
  level!: string;

  @Field(() => String, { description: "The vendor's words." })
  message!: string;

  @Field(() => String, { nullable: true, description: 'Name of the cluster node that wrote it; null where the vendor does not say.' })
  nodeName!: string | null;
}
