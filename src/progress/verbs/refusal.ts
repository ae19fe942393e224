import type { Action, Backend, Task } from '../../domain/index.js';
import { VigilError } from '../../errors.js';

/*
 * Why a request is refused before anything is sent: by the gateway's own rules first, then by what the adapter knows of its vendor's.
 */

const factsOf = ({ key, vendor }: Backend): { readonly backend: string; readonly vendor: string } => ({ backend: key, vendor });

export const readOnlyRefusal = (backend: Backend): VigilError | null =>
  backend.readOnly
    ? new VigilError('REFUSED', `Backend ${backend.key} is configured as read-only: it takes no verbs.`, factsOf(backend))
    : null;

/** Of several actions the first that the backend lacks. */
export const unsupported = (backend: Backend, actions: readonly Action[]): VigilError | null => {
  const { capabilities, version } = backend.profile();
  const missing = actions.find((action) => !capabilities.includes(action));
  if (!missing) return null;
  return new VigilError(
    'UNSUPPORTED',
    `${backend.vendor} ${version ?? 'of unknown version'} has no ${missing}. It has: ${capabilities.join(', ') || 'none'}.`,
    { ...factsOf(backend), action: missing, supported: capabilities },
  );
};

/** What is in the way is worth more than the state it has put the object in. */
export const inTheWay = (backend: Backend, refused: VigilError | null, running: Task | undefined): VigilError | null => {
  if (!refused || !running || refused.facts.already) return refused;
  // A vendor that names what holds the job may name another entry of the very task that is known here.
  if (refused.code !== 'WRONG_STATE' && (refused.code !== 'CONFLICT' || running.nativeId === null)) return refused;
  return new VigilError('CONFLICT', `${refused.message} Task ${running.id} (${running.kind}) is under way on it.`, {
    ...factsOf(backend),
    taskId: running.id,
    cause: refused,
  });
};
