import 'reflect-metadata';
import { Field, Float, Int, ObjectType } from 'type-graphql';
import type { TaskState } from '../domain/index.js';
import type { ErrorCode } from '../errors.js';
import { ErrorCodeEnum, TaskKindEnum, TaskStateEnum } from './enums.js';
import { NodeInterface } from './node.type.js';
import { DateTimeScalar, JsonScalar, SafeIntScalar } from './scalars.js';
import { DateRangeType, EntityValueType, ProgressType } from './values.js';

@ObjectType('TaskError', { simpleResolvers: true, description: 'Why a task failed; on a task that still runs: what went wrong so far.' })
export class TaskErrorType {
  @Field(() => ErrorCodeEnum, { description: 'For code; the same codes as in the errors of mutations.' })
  code!: ErrorCode;

  @Field(() => String, { description: 'Fit to be shown.' })
  message!: string;

  @Field(() => String, { nullable: true, description: 'Stack trace or vendor text, when longer than a line; else null.' })
  detail!: string | null;
}

@ObjectType('TaskStateCount', { simpleResolvers: true, description: 'How many tasks are in a state.' })
export class TaskStateCountType {
  @Field(() => TaskStateEnum, { description: 'The state.' })
  state!: TaskState;

  @Field(() => Int, { description: 'How many of the list, on all pages together, or of the entity tasks of one are in it. Never 0.' })
  count!: number;
}

@ObjectType('Task', {
  implements: NodeInterface,
  simpleResolvers: true,
  description: 'One execution with a beginning, progress and an end.',
})
export class TaskType implements NodeInterface {
  id!: string;

  @Field(() => String, {
    nullable: true,
    description: "The vendor's id. Null when the gateway runs it, for a vendor that only has a blocking call.",
  })
  nativeId!: string | null;

  @Field(() => TaskKindEnum, { description: 'What it does.' })
  kind!: string;

  @Field(() => String, {
    nullable: true,
    description: "The vendor's name for what it does; `gateway:…` when the gateway runs it. Null where the vendor gives none.",
  })
  vendorType!: string | null;

  @Field(() => TaskStateEnum, { description: 'Where it stands.' })
  state!: TaskState;

  @Field(() => String, { nullable: true, description: "The vendor's word for the state; null where it gave none." })
  vendorState!: string | null;

  @Field(() => Float, { nullable: true, description: '0..1; null where the vendor reports none: show an indeterminate bar.' })
  progress!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "0..1, of a real-time run's start: how much of the data for its first model has been seen; null where the vendor reports none.",
  })
  initProgress!: number | null;

  @Field(() => ProgressType, {
    nullable: true,
    description:
      'What the step under way has worked on, counted: it falls, and turns null, between steps and at the end. Null where the vendor counts nothing.',
  })
  counts!: { readonly current: number; readonly maximum: number | null; readonly unit: string | null } | null;

  @Field(() => [TaskStateCountType], {
    description:
      'Its entity tasks by state, for the historical run of a high-cardinality detector; empty where it has none. Counted by the vendor in the call that reads the tasks, however many entities there are.',
  })
  stateCounts!: readonly TaskStateCountType[];

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      "The gateway's estimate from the progress it observed: what is left, at the pace of the last twelve moves; a standstill moves it away. Null until progress has moved twice (again, after it fell back), where there is none, and when it has ended. Where the vendor estimates, its own. Moves only when the estimate does, by more than 2 s and 5 % of what is left.",
  })
  estimatedEndAt!: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it began; null when it has not, or the vendor does not say.' })
  startedAt!: number | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it ended; null while it has not. Where the vendor does not say, when the gateway saw it.',
  })
  endedAt!: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it last moved, as far as is known; null when nobody saw it move.' })
  updatedAt!: number | null;

  @Field(() => TaskErrorType, { nullable: true, description: 'Why it failed, or what went wrong so far; null when nothing did.' })
  error!: TaskErrorType | null;

  @Field(() => Boolean, { description: 'Whether cancelTask would be accepted now. False when the backend is read-only.' })
  cancellable!: boolean;

  @Field(() => String, { nullable: true, description: 'Who began it; null where nobody says.' })
  startedBy!: string | null;

  @Field(() => String, { nullable: true, description: 'Who stopped it; null when nobody did, or nobody says.' })
  stoppedBy!: string | null;

  @Field(() => [EntityValueType], { description: 'Which entity it is about, of a task of one entity; else empty.' })
  entity!: readonly EntityValueType[];

  @Field(() => DateRangeType, { nullable: true, description: 'What a historical run analyses; null for every other task.' })
  dateRange!: DateRangeType | null;

  @Field(() => JsonScalar, { nullable: true, description: 'As the vendor sent it, secrets removed. Null when it sent none.' })
  raw!: unknown;

  @Field(() => SafeIntScalar, { description: 'Grows with every change seen: drop a copy that is older than yours.' })
  revision!: number;
}
