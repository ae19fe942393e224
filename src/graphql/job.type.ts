import 'reflect-metadata';
import { Field, Int, ObjectType } from 'type-graphql';
import type { Action, JobState, ResultState } from '../domain/index.js';
import { ActionEnum, JobStateEnum, ResultStateEnum } from './enums.js';
import { NodeInterface } from './node.type.js';
import { DateTimeScalar, SafeIntScalar } from './scalars.js';

@ObjectType('Job', {
  implements: NodeInterface,
  simpleResolvers: true,
  description:
    'Analysis a backend keeps and runs, that can be opened, closed, reset and deleted; or one that runs once and hands a result over.',
})
export class JobType implements NodeInterface {
  id!: string;

  @Field(() => String, { description: "The vendor's id." })
  nativeId!: string;

  @Field(() => String, { description: "The vendor's own job type: an open set." })
  type!: string;

  @Field(() => JobStateEnum, { description: 'What it is doing. UNKNOWN when it is not readable now.' })
  state!: JobState;

  @Field(() => String, {
    nullable: true,
    description:
      "Why it is in this state, in the vendor's words: assignment explanation, failure, what blocks it; in the gateway's, why a result is LOST. Null where there is no reason to give.",
  })
  stateReason!: string | null;

  @Field(() => String, { nullable: true, description: 'What its maker wrote about it; null when nothing.' })
  description!: string | null;

  @Field(() => [String], { description: 'Groups it belongs to; empty when none.' })
  groups!: readonly string[];

  @Field(() => String, { nullable: true, description: 'Who made it; null where the vendor keeps no owners.' })
  owner!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was made; null where the vendor does not say.' })
  createdAt!: number | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When it was last opened or started; null when it is not running, or the vendor does not say. A job that runs once keeps it.',
  })
  startedAt!: number | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it last ended; of a job that runs once, when the gateway learnt of it. Null when it never did, or nobody says.',
  })
  finishedAt!: number | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it last got data; null when it never did, or statistics are not readable.',
  })
  lastActivityAt!: number | null;

  @Field(() => [ActionEnum], {
    description:
      "What would be accepted now, by the rules of the vendor's own console; some only with `force`: DELETE_JOB of an Elasticsearch job that is not closed, CLOSE_JOB of one that has failed. Of a product that hands results over once: KILL_JOB while it is not done, COLLECT_JOB_RESULT of a job that was not begun through this gateway, also before it is done. Empty when the backend is read-only, or the state is not readable.",
  })
  allowedActions!: readonly Action[];

  @Field(() => ResultStateEnum, { description: 'What became of its result; NONE of a product that hands none over.' })
  resultState!: ResultState;

  @Field(() => SafeIntScalar, {
    description:
      'Grows with every change of the job itself that was seen: drop a copy that is older than yours. A task that begins or ends on it (`currentTask`) has a revision of its own.',
  })
  revision!: number;
}

@ObjectType('JobStateCount', { simpleResolvers: true, description: 'How many jobs are in a state.' })
export class JobStateCountType {
  @Field(() => JobStateEnum, { description: 'The state.' })
  state!: JobState;

  @Field(() => Int, { description: 'How many of the list are in it, on all pages together. Never 0.' })
  count!: number;
}
