import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import type { JobVerbRequest } from '../progress/hub.js';
import type { GatewayContext } from './context.js';
import { type DeletedJobPayloadSource, runDelete } from './delete-job.js';
import { given } from './given.js';
import {
  CancelTaskPayloadType,
  CloseJobPayloadType,
  CloseJobsPayloadType,
  CollectJobResultPayloadType,
  DeleteJobPayloadType,
  KillJobPayloadType,
  OpenJobPayloadType,
  ResetJobPayloadType,
  ResetJobsPayloadType,
  RevertJobPayloadType,
} from './payload.type.js';
import { type JobPayloadSource, type JobsPayloadSource, runOnJob, runOnJobs } from './run-job-verb.js';
import { cancelTask, type PayloadSource } from './run-verb.js';
import {
  CancelTaskInput,
  CloseJobInput,
  CloseJobsInput,
  CollectJobResultInput,
  DeleteJobInput,
  KillJobInput,
  OpenJobInput,
  ResetJobInput,
  ResetJobsInput,
  RevertJobInput,
} from './verb.input.js';
import { checkIds, checkReset, checkSnapshot, checkTargets, expandedTargets, parseBulk } from './verb-arguments.js';

const input = 'What to do.';

const closing = ({ force, timeoutMs }: CloseJobInput | CloseJobsInput): JobVerbRequest => ({
  action: 'CLOSE_JOB',
  ...given('force', force),
  ...given('timeoutMs', timeoutMs),
});

const resetting = ({ deleteUserAnnotations, closeFirst, force }: ResetJobInput | ResetJobsInput): JobVerbRequest => ({
  action: 'RESET_JOB',
  ...given('deleteUserAnnotations', deleteUserAnnotations),
  ...given('closeFirst', closeFirst),
  ...given('force', force),
});

@Resolver()
export class MutationResolver {
  @Mutation(() => OpenJobPayloadType, { description: 'Opens a closed job. Can take minutes while the vendor looks for a place to run it.' })
  openJob(
    @Arg('input', () => OpenJobInput, { description: input }) args: OpenJobInput,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<JobPayloadSource> {
    return runOnJob(context, info, args, { action: 'OPEN_JOB', ...given('timeoutMs', args.timeoutMs) });
  }

  @Mutation(() => CloseJobPayloadType, { description: 'Closes an open job, and stops what feeds it. Can take half an hour.' })
  closeJob(
    @Arg('input', () => CloseJobInput, { description: input }) args: CloseJobInput,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<JobPayloadSource> {
    return runOnJob(context, info, args, closing(args));
  }

  @Mutation(() => CloseJobsPayloadType, {
    description:
      'Closes many jobs: closeJob for each, side by side. With an expression as wide as `_all` it touches every job of the backend.',
  })
  closeJobs(
    @Arg('input', () => CloseJobsInput, { description: input }) args: CloseJobsInput,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<JobsPayloadSource> {
    const { jobIds, expression } = args;
    return runOnJobs(context, info, args, closing(args), {
      wrong: checkTargets(args),
      resolve: () => (expression ? expandedTargets(context, expression) : parseBulk(context, 'job', jobIds ?? [])),
    });
  }

  @Mutation(() => ResetJobPayloadType, {
    description: "Deletes a job's results and model, so that it starts afresh; its configuration stays. Cannot be undone.",
  })
  resetJob(
    @Arg('input', () => ResetJobInput, { description: input }) args: ResetJobInput,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<JobPayloadSource> {
    return runOnJob(context, info, args, resetting(args), checkReset(args));
  }

  @Mutation(() => ResetJobsPayloadType, { description: 'Resets many jobs: resetJob for each, side by side. Cannot be undone.' })
  resetJobs(
    @Arg('input', () => ResetJobsInput, { description: input }) args: ResetJobsInput,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<JobsPayloadSource> {
    return runOnJobs(context, info, args, resetting(args), {
      wrong: [...checkIds('job', args.jobIds), ...checkReset(args)],
      resolve: () => parseBulk(context, 'job', args.jobIds),
    });
  }

  @Mutation(() => DeleteJobPayloadType, { description: 'Deletes a job with its results and model. Cannot be undone.' })
  deleteJob(
    @Arg('input', () => DeleteJobInput, { description: input }) args: DeleteJobInput,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<DeletedJobPayloadSource> {
    const request: JobVerbRequest = {
      action: 'DELETE_JOB',
      ...given('force', args.force),
      ...given('deleteUserAnnotations', args.deleteUserAnnotations),
    };
    return runDelete(context, info, args, request);
  }

  @Mutation(() => RevertJobPayloadType, {
    description: 'Takes a closed job back to a model snapshot, of those in its details. What it learnt since is lost.',
  })
  revertJob(
    @Arg('input', () => RevertJobInput, { description: input }) args: RevertJobInput,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<JobPayloadSource> {
    const { snapshotId, deleteInterveningResults } = args;
    const request: JobVerbRequest = {
      action: 'REVERT_JOB',
      snapshotId,
      ...given('deleteInterveningResults', deleteInterveningResults),
    };
    return runOnJob(context, info, args, request, checkSnapshot(args));
  }

  @Mutation(() => KillJobPayloadType, {
    description:
      'Ends a job that runs once before it is done; what it made until then is lost. A RefusedError when the vendor cannot kill this kind of job. Of one that has ended meanwhile, `job` says how. Cannot be undone.',
  })
  killJob(
    @Arg('input', () => KillJobInput, { description: input }) args: KillJobInput,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<JobPayloadSource> {
    return runOnJob(context, info, args, { action: 'KILL_JOB' });
  }

  @Mutation(() => CollectJobResultPayloadType, {
    description:
      'Takes the result of a job that was not started through this gateway: the server hands it over once, so whoever started the job cannot read it there any more. Of a job that is not done yet: as soon as it is. Cannot be undone.',
  })
  collectJobResult(
    @Arg('input', () => CollectJobResultInput, { description: input }) args: CollectJobResultInput,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<JobPayloadSource> {
    return runOnJob(context, info, args, { action: 'COLLECT_JOB_RESULT' });
  }

  @Mutation(() => CancelTaskPayloadType, {
    description:
      'Tells the vendor to stop a task. What it did until then stays done: a job whose reset was cancelled has to be reset again. The run of a detector is stopped as by stopDetector; what it does for a single entity cannot be.',
  })
  cancelTask(
    @Arg('input', () => CancelTaskInput, { description: input }) args: CancelTaskInput,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PayloadSource> {
    return cancelTask(context, info, args);
  }
}
