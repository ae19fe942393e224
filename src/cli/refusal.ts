import type { ErrorFieldsFragment } from '../client/index.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import type { Connected } from './gateway-connection.js';
import type { VerbPayload } from './job-verbs.js';

const detailOf = (error: ErrorFieldsFragment): string => {
  if ('vendorMessage' in error && error.vendorMessage) return ` The backend's words: ${error.vendorMessage}`;
  if ('missing' in error && error.missing.length > 0) return ` Missing: ${error.missing.join(', ')}.`;
  if ('supported' in error) return ` There is: ${error.supported.join(', ')}.`;
  if ('task' in error && error.task) return ` In the way: ${error.task.id} (${error.task.kind}, ${error.task.state}).`;
  if ('outcomeUnknown' in error && error.outcomeUnknown)
    return ' It may have taken effect all the same: look at the job before trying again.';
  return '';
};

/** Says why a verb was refused, and what would be accepted instead. */
export const tellRefusal = ({ printer }: Connected, payload: VerbPayload): ExitCode => {
  if (printer.asJson) printer.json({ event: 'refused', job: payload.job, errors: payload.errors });
  else {
    for (const error of payload.errors) printer.note(`vigil: ${error.code}: ${error.message}${detailOf(error)}`);
    if (payload.job) printer.note(`The job is ${payload.job.state}; allowed now: ${payload.job.allowedActions.join(', ') || 'nothing'}.`);
  }
  return exitCodes.failed;
};
