import 'reflect-metadata';
import { Field, ID, InputType } from 'type-graphql';
import { LimitedVerbInput, TaskVerbInput, VerbInput } from './verb-base.input.js';

const jobId = 'Global id of the job.';
const jobIds = 'Global ids of the jobs, 1 to 500. Each gets its own outcome; one that is wrong does not stop the others.';
const deleteUserAnnotations = 'Whether annotations that users made go too. Absent or null: no.';

@InputType('OpenJobInput', { description: 'Input of openJob.' })
export class OpenJobInput extends LimitedVerbInput {
  @Field(() => ID, { description: jobId })
  jobId!: string;
}

@InputType('CloseJobInput', { description: 'Input of closeJob.' })
export class CloseJobInput extends LimitedVerbInput {
  @Field(() => ID, { description: jobId })
  jobId!: string;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Close without waiting for the work under way; also closes a failed job. Absent or null: no.',
  })
  force?: boolean | null;
}

@InputType('JobExpressionInput', {
  description:
    "A vendor's own way to name many jobs: comma list, wildcards, groups, `_all`. Expanded once; each job it names gets its own outcome.",
})
export class JobExpressionInput {
  @Field(() => ID, { description: 'Global id of the backend.' })
  backendId!: string;

  @Field(() => String, { description: 'As the vendor understands it: `web-*,total-requests`.' })
  expression!: string;

  @Field(() => Boolean, { nullable: true, description: 'Whether a wildcard that matches nothing is fine. Absent or null: yes.' })
  allowNoMatch?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'The old name of allowNoMatch, as older Elasticsearch documents it. Refused when it contradicts allowNoMatch.',
    deprecationReason: 'Use allowNoMatch.',
  })
  allowNoJobs?: boolean | null;
}

@InputType('CloseJobsInput', { description: 'Input of closeJobs: either `jobIds` or one `expression`.' })
export class CloseJobsInput extends LimitedVerbInput {
  @Field(() => [ID], { nullable: true, description: jobIds })
  jobIds?: string[] | null;

  @Field(() => JobExpressionInput, { nullable: true, description: 'Instead of `jobIds`.' })
  expression?: JobExpressionInput | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Close without waiting for the work under way; also closes failed jobs. Absent or null: no.',
  })
  force?: boolean | null;
}

/** What resetJob and resetJobs have in common; no type of the schema by itself. */
@InputType('ResetInput')
abstract class ResetInput extends TaskVerbInput {
  @Field(() => Boolean, { nullable: true, description: deleteUserAnnotations })
  deleteUserAnnotations?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'The gateway closes a job that is open before it resets it: one task for both. Absent or null: no, and an open job is refused.',
  })
  closeFirst?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'With `closeFirst`: close without waiting for the work under way. Absent or null: no.',
  })
  force?: boolean | null;
}

@InputType('ResetJobInput', {
  description:
    'Input of resetJob. A job must be closed to be reset: with `closeFirst` the gateway closes it before, with `force` without waiting for its work to end.',
})
export class ResetJobInput extends ResetInput {
  @Field(() => ID, { description: jobId })
  jobId!: string;
}

@InputType('ResetJobsInput', { description: 'Input of resetJobs: resetJob for many.' })
export class ResetJobsInput extends ResetInput {
  @Field(() => [ID], { description: jobIds })
  jobIds!: string[];
}

@InputType('DeleteJobInput', { description: 'Input of deleteJob.' })
export class DeleteJobInput extends TaskVerbInput {
  @Field(() => ID, { description: jobId })
  jobId!: string;

  @Field(() => Boolean, { nullable: true, description: 'Delete it though it is open. Absent or null: no, and an open job is refused.' })
  force?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: deleteUserAnnotations })
  deleteUserAnnotations?: boolean | null;
}

@InputType('RevertJobInput', { description: "Input of revertJob: back to a model snapshot of the job's details." })
export class RevertJobInput extends TaskVerbInput {
  @Field(() => ID, { description: jobId })
  jobId!: string;

  @Field(() => String, { description: '`ModelSnapshot.snapshotId`.' })
  snapshotId!: string;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Delete the results made since the snapshot, so that the data can be analysed again. Absent or null: no, they stay and the data since is not looked at again.',
  })
  deleteInterveningResults?: boolean | null;
}

@InputType('KillJobInput', { description: 'Input of killJob.' })
export class KillJobInput extends TaskVerbInput {
  @Field(() => ID, { description: jobId })
  jobId!: string;
}

@InputType('CollectJobResultInput', { description: 'Input of collectJobResult.' })
export class CollectJobResultInput extends TaskVerbInput {
  @Field(() => ID, { description: jobId })
  jobId!: string;
}

@InputType('CancelTaskInput', { description: 'Input of cancelTask.' })
export class CancelTaskInput extends VerbInput {
  @Field(() => ID, { description: 'Global id of the task.' })
  taskId!: string;
}
