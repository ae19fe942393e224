import type { ErrorFieldsFragment } from '../client/index.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import type { Connected } from './gateway-connection.js';
import type { VerbPayload } from './job-verbs.js';

const detailOf = (error: ErrorFieldsFragment): string => {
  if ('vendorMessage' in error && error.vendorMessage) return ` The backend's words: ${error.vendorMessage}`;
  if ('missing' in error && error.missing.length > 0) return ` Missing: ${error.missing.join(', ')}.`;
  if ('supported' in error) return ` There is: ${error.supported.join(', ')}.`;
  if ('task' in error && error.task) return ` In the way: ${error.task.id} (${error.task.kind}, ${error.task.state}).`;
  if ('outcomeUnknown' in error && error.outcomeUnknown) return ' It may have taken effect all the same: look before trying again.';
  return '';
};

/** Says why a verb was refused. `shown`: the object as it is, for programs; `now`: the same for people, with what would be accepted instead. */
export const tellRefusal = (
  { printer }: Connected,
  errors: readonly ErrorFieldsFragment[],
  shown: Readonly<Record<string, unknown>>,
  now: string | undefined,
): ExitCode => {
  if (printer.asJson) printer.json({ event: 'refused', ...shown, errors });
  else {
    for (const error of errors) printer.note(`vigil: ${error.code}: ${error.message}${detailOf(error)}`);
    if (now !== undefined) printer.note(now);
  }
  return exitCodes.failed;
};

/** Of a verb on a job. */
export const tellJobRefusal = (connection: Connected, { job, errors }: VerbPayload): ExitCode =>
  tellRefusal(
    connection,
    errors,
    { job },
    job ? `The job is ${job.state}; allowed now: ${job.allowedActions.join(', ') || 'nothing'}.` : undefined,
  );
