import { type Action, actions } from '../domain/index.js';
import { type ErrorCode, VigilError } from '../errors.js';

/** What a MutationError type is resolved from. */
export interface MutationErrorSource {
  readonly typename: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly path: readonly string[] | null;
  /** CONFLICT: the task in the way. */
  readonly taskId?: string;
  /** BACKEND_UNAVAILABLE: who did not answer. */
  readonly backendKey?: string;
}

/** What the verb was about, for facts that the error itself does not carry. */
export interface VerbSubject {
  readonly action: Action;
  readonly backendKey: string | undefined;
}

const isAction = (text: string | undefined): text is Action => actions.some((each) => each === text);

const typenames: Readonly<Record<ErrorCode, string>> = {
  NOT_FOUND: 'NotFoundError',
  WRONG_STATE: 'WrongStateError',
  CONFLICT: 'ConflictError',
  UNSUPPORTED: 'UnsupportedActionError',
  REFUSED: 'RefusedError',
  TIMEOUT: 'RefusedError',
  FORBIDDEN: 'ForbiddenError',
  INVALID_INPUT: 'InvalidInputError',
  BACKEND_UNAVAILABLE: 'BackendUnavailableError',
  // A fault while one job was handled must not take the other jobs' outcomes with it; the log has its cause.
  INTERNAL: 'RefusedError',
};

/** The error as a typed entry of a payload. */
export const toMutationError = (error: VigilError, subject: VerbSubject): MutationErrorSource => {
  const { code, message, facts } = error;
  const backendKey = facts.backend ?? subject.backendKey;
  if (code === 'BACKEND_UNAVAILABLE' && backendKey === undefined)
    throw new VigilError('INTERNAL', 'A backend failed that nobody named.', { cause: error });
  return {
    typename: typenames[code],
    code,
    message,
    path: facts.path ?? null,
    ...(facts.taskId === undefined ? {} : { taskId: facts.taskId }),
    ...(backendKey === undefined ? {} : { backendKey }),
    ...typeFields(error, subject),
  };
};

/** The fields that a type adds to the interface. */
const typeFields = ({ code, facts }: VigilError, { action }: VerbSubject): object => {
  const retryAfterMs = facts.retryAfterMs ?? null;
  switch (code) {
    case 'UNSUPPORTED':
      return { action: isAction(facts.action) ? facts.action : action, supported: (facts.supported ?? []).filter(isAction) };
    case 'REFUSED':
    case 'INTERNAL':
    case 'TIMEOUT':
      return { vendorMessage: facts.vendorMessage ?? null, retryAfterMs };
    case 'FORBIDDEN':
      return { missing: facts.missing ?? [] };
    case 'BACKEND_UNAVAILABLE':
      return { retryAfterMs, outcomeUnknown: facts.outcomeUnknown ?? false };
    default:
      return {};
  }
};
