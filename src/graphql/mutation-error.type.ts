import 'reflect-metadata';
import { Field, Int, InterfaceType, ObjectType } from 'type-graphql';
import type { Action } from '../domain/index.js';
import type { ErrorCode } from '../errors.js';
import { ActionEnum, ErrorCodeEnum } from './enums.js';

@InterfaceType('MutationError', {
  autoRegisterImplementations: false,
  description: 'Why a verb did not do it. Select `code` and `message` on the field itself, not through a fragment on this interface.',
})
export abstract class MutationErrorInterface {
  @Field(() => ErrorCodeEnum, { description: 'For code.' })
  code!: ErrorCode;

  @Field(() => String, { description: 'Fit to be shown.' })
  message!: string;

  @Field(() => [String], {
    nullable: true,
    description: 'Where in the input: `["input", "jobIds", "3"]`. Null when no one place is to blame.',
  })
  path!: readonly string[] | null;
}

@ObjectType('NotFoundError', { implements: MutationErrorInterface, simpleResolvers: true, description: 'No such object.' })
class NotFoundErrorType {}

@ObjectType('WrongStateError', {
  implements: MutationErrorInterface,
  simpleResolvers: true,
  description: "The state does not allow it. The payload's job, detector or task shows the state and the actions allowed now.",
})
class WrongStateErrorType {}

@ObjectType('ConflictError', {
  implements: MutationErrorInterface,
  simpleResolvers: true,
  description: 'Something else is under way on it.',
})
export class ConflictErrorType {}

@ObjectType('UnsupportedActionError', {
  implements: MutationErrorInterface,
  simpleResolvers: true,
  description: 'This vendor, or this version of it, has no such verb.',
})
class UnsupportedActionErrorType {
  @Field(() => ActionEnum, { description: 'The verb asked for.' })
  action!: Action;

  @Field(() => [ActionEnum], { description: 'The verbs there are.' })
  supported!: readonly Action[];
}

@ObjectType('RefusedError', {
  implements: MutationErrorInterface,
  simpleResolvers: true,
  description: 'The backend said no (REFUSED), or stopped waiting (TIMEOUT: what was asked for may still happen).',
})
class RefusedErrorType {
  @Field(() => String, { nullable: true, description: "The vendor's own words; null when it said nothing." })
  vendorMessage!: string | null;

  @Field(() => Int, { nullable: true, description: 'Milliseconds after which asking again may help; null when nobody knows.' })
  retryAfterMs!: number | null;
}

@ObjectType('ForbiddenError', {
  implements: MutationErrorInterface,
  simpleResolvers: true,
  description: "The gateway's credentials for this backend lack a privilege.",
})
class ForbiddenErrorType {
  @Field(() => [String], { description: 'Privileges or roles that are missing; empty when the vendor does not say.' })
  missing!: readonly string[];
}

@ObjectType('InvalidInputError', { implements: MutationErrorInterface, simpleResolvers: true, description: 'The input is not acceptable.' })
class InvalidInputErrorType {}

@ObjectType('BackendUnavailableError', {
  implements: MutationErrorInterface,
  simpleResolvers: true,
  description: 'The backend did not answer.',
})
export class BackendUnavailableErrorType {
  @Field(() => Int, { nullable: true, description: 'Milliseconds after which asking again may help; null when nobody knows.' })
  retryAfterMs!: number | null;

  @Field(() => Boolean, { description: 'Whether the verb may have taken effect all the same: look before you repeat it.' })
  outcomeUnknown!: boolean;
}

/** All that a payload's `errors` can hold. */
export const mutationErrorTypes = [
  NotFoundErrorType,
  WrongStateErrorType,
  ConflictErrorType,
  UnsupportedActionErrorType,
  RefusedErrorType,
  ForbiddenErrorType,
  InvalidInputErrorType,
  BackendUnavailableErrorType,
];
