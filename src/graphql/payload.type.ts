import 'reflect-metadata';
import { Field, ID, InterfaceType, ObjectType } from 'type-graphql';

/* `job`, `task`, `errors` and `results` are relations: payload.resolver.ts. */

/** Implementers are not registered by themselves: a vendor's own payload is in the schemas of that vendor alone. */
@InterfaceType('JobPayload', { description: 'Every verb on one job answers like this.', autoRegisterImplementations: false })
export abstract class JobPayloadInterface {}

@ObjectType('OpenJobPayload', { implements: JobPayloadInterface, simpleResolvers: true, description: 'Answer of openJob.' })
export class OpenJobPayloadType {}

@ObjectType('CloseJobPayload', { implements: JobPayloadInterface, simpleResolvers: true, description: 'Answer of closeJob.' })
export class CloseJobPayloadType {}

@ObjectType('ResetJobPayload', { implements: JobPayloadInterface, simpleResolvers: true, description: 'Answer of resetJob.' })
export class ResetJobPayloadType {}

@ObjectType('DeleteJobPayload', { implements: JobPayloadInterface, simpleResolvers: true, description: 'Answer of deleteJob.' })
export class DeleteJobPayloadType {
  @Field(() => ID, {
    nullable: true,
    description:
      'The id to evict from caches; null while the job still exists. With `waitMs` the answer waits for the end; without, the task tells it.',
  })
  deletedJobId!: string | null;
}

@ObjectType('RevertJobPayload', { implements: JobPayloadInterface, simpleResolvers: true, description: 'Answer of revertJob.' })
export class RevertJobPayloadType {}

@ObjectType('KillJobPayload', { implements: JobPayloadInterface, simpleResolvers: true, description: 'Answer of killJob.' })
export class KillJobPayloadType {}

@ObjectType('CollectJobResultPayload', {
  implements: JobPayloadInterface,
  simpleResolvers: true,
  description: 'Answer of collectJobResult.',
})
export class CollectJobResultPayloadType {}

@ObjectType('JobOutcome', { implements: JobPayloadInterface, simpleResolvers: true, description: "One job's outcome in a bulk verb." })
export class JobOutcomeType {
  @Field(() => ID, { description: 'As given; of an expression: as it expanded.' })
  jobId!: string;
}

@InterfaceType('JobsPayload', { description: 'A bulk verb on jobs answers like this.' })
export abstract class JobsPayloadInterface {}

@ObjectType('CloseJobsPayload', { implements: JobsPayloadInterface, simpleResolvers: true, description: 'Answer of closeJobs.' })
export class CloseJobsPayloadType {}

@ObjectType('ResetJobsPayload', { implements: JobsPayloadInterface, simpleResolvers: true, description: 'Answer of resetJobs.' })
export class ResetJobsPayloadType {}

@ObjectType('CancelTaskPayload', { simpleResolvers: true, description: 'Answer of cancelTask.' })
export class CancelTaskPayloadType {}
