import 'reflect-metadata';
import { Field, Int, ObjectType } from 'type-graphql';
import type { Action, FailedPart, HealthStatus } from '../domain/index.js';
import type { ErrorCode } from '../errors.js';
import { ActionEnum, ErrorCodeEnum, FailedPartEnum, HealthStatusEnum, VendorEnum } from './enums.js';
import { NodeInterface } from './node.type.js';
import { DateTimeScalar } from './scalars.js';

@ObjectType('BackendHealth', {
  simpleResolvers: true,
  description:
    'Whether the gateway reaches a backend, judged from its latest calls. Everything read from a backend that is not UP is as old as `lastAnswerAt`.',
})
export class BackendHealthType {
  @Field(() => HealthStatusEnum, { description: 'In one word.' })
  status!: HealthStatus;

  @Field(() => DateTimeScalar, { description: 'When `status` became what it is.' })
  since!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it last answered anything. Null when it never did.' })
  lastAnswerAt!: number | null;

  @Field(() => ErrorCodeEnum, { nullable: true, description: 'Why it is not UP; null while it is.' })
  code!: ErrorCode | null;

  @Field(() => String, { nullable: true, description: 'Why it is not UP, fit to be shown; null while it is.' })
  message!: string | null;

  @Field(() => Int, { nullable: true, description: 'Milliseconds until the gateway asks it again; null when it asks at any time.' })
  retryAfterMs!: number | null;
}

@ObjectType('Backend', {
  implements: NodeInterface,
  simpleResolvers: true,
  description: "One configured connection to one vendor's cluster or server.",
})
export class BackendType implements NodeInterface {
  id!: string;

  @Field(() => String, { description: 'The id in vigil.yaml.' })
  key!: string;

  @Field(() => VendorEnum, { description: 'Whose API it speaks.' })
  vendor!: string;

  @Field(() => String, {
    nullable: true,
    description: 'As the product reports it; null while unknown (not reached yet, or the credentials may not read it).',
  })
  version!: string | null;

  @Field(() => [ActionEnum], {
    description: 'What this vendor and version can do, whatever the state of a job. Fewer while the version is unknown.',
  })
  capabilities!: readonly Action[];

  @Field(() => Boolean, { description: 'Verbs are refused with REFUSED: this backend is configured as read-only.' })
  readOnly!: boolean;

  @Field(() => BackendHealthType, { description: 'Whether it answers.' })
  health!: BackendHealthType;
}

@ObjectType('BackendFailure', {
  simpleResolvers: true,
  description:
    'Why a part of this list is missing. On later pages it still names everything missing on the pages before: it is not merged in midway.',
})
export class BackendFailureType {
  @Field(() => BackendType, { description: 'Whose part is missing.' })
  backend!: BackendType;

  @Field(() => FailedPartEnum, { description: 'What is missing.' })
  part!: FailedPart;

  @Field(() => ErrorCodeEnum, { description: 'Why, for code.' })
  code!: ErrorCode;

  @Field(() => String, { description: 'Why, fit to be shown.' })
  message!: string;

  @Field(() => Int, { nullable: true, description: 'Milliseconds after which asking again may help; null when nobody knows.' })
  retryAfterMs!: number | null;
}
