import {
  type Backend,
  type Backends,
  type GlobalId,
  gatewayTaskNative,
  type Instant,
  isFinal,
  parseId,
  type Revised,
  sameObject,
  type Task,
  textOfId,
} from '../../domain/index.js';
import { asVigilError, VigilError } from '../../errors.js';
import type { VerbOptions, VerbService } from '../hub.js';
import type { ObservableLedger } from '../watch/ledger.js';
import { type AuditEntry, auditEntry } from './audit.js';
import { type Idempotency, type RememberedOutcome, recall, remember, withPath } from './idempotency.js';
import type { WritableTaskBook } from './task-book.js';

/** What cancelling needs. */
export interface CancelOptions {
  readonly backends: Backends;
  readonly ledger: ObservableLedger;
  readonly book: WritableTaskBook;
  readonly idempotency: Idempotency;
  readonly audit: (entry: AuditEntry) => void;
  readonly wake: (backend: Backend) => void;
  readonly now?: () => Instant;
}

export const createCancel = ({
  backends,
  ledger,
  book,
  idempotency,
  audit,
  wake,
  now = Date.now,
}: CancelOptions): VerbService['cancelTask'] => {
  const read = async (backend: Backend, id: GlobalId, text: string, { fields, requestId }: VerbOptions): Promise<Revised<Task>> => {
    const unknown = new VigilError('NOT_FOUND', `There is no task ${text}, or its backend has forgotten it.`, {
      backend: backend.key,
      vendor: backend.vendor,
    });
    const kept = book.find(text);
    if (id.native === gatewayTaskNative || (kept && isFinal(kept.state))) {
      if (!kept) throw unknown;
      return ledger.task(kept.id) ?? { ...kept, revision: now() };
    }
    const readAt = now();
    const call = backend.call({ signal: new AbortController().signal, requestId });
    const reading = (await backend.adapter.readTasks([id.native], fields, call)).readings.get(id.native);
    if (reading?.status === 'undetermined') throw reading.cause;
    const [task] = reading?.status === 'found' ? ledger.stampTasks([reading.value], readAt) : [];
    if (!task || !sameObject(id, parseId(task.id))) throw unknown;
    return task;
  };

  const refusalOf = (backend: Backend, task: Task): VigilError | null => {
    const facts = { backend: backend.key, vendor: backend.vendor };
    if (backend.readOnly) return new VigilError('REFUSED', `Backend ${backend.key} is configured as read-only: it takes no verbs.`, facts);
    if (isFinal(task.state)) return new VigilError('WRONG_STATE', `Task ${task.id} has already ended as ${task.state}.`, facts);
    if (!task.cancellable)
      return new VigilError(
        'WRONG_STATE',
        `Task ${task.id} cannot be cancelled: the vendor has no way to take a ${task.kind.toLowerCase()} back.`,
        facts,
      );
    const { capabilities } = backend.profile();
    if (capabilities.includes('CANCEL_TASK')) return null;
    return new VigilError('UNSUPPORTED', `${backend.vendor} has no CANCEL_TASK here.`, {
      ...facts,
      action: 'CANCEL_TASK',
      supported: capabilities,
    });
  };

  const cancel = async (id: GlobalId, text: string, options: VerbOptions): Promise<RememberedOutcome> => {
    let taskId: string | null = null;
    const errors: VigilError[] = [];
    try {
      const backend = backends.get(id.backend);
      const task = await read(backend, id, text, options);
      taskId = task.id;
      const refused = refusalOf(backend, task);
      if (refused) throw refused;
      const call = backend.call({ signal: new AbortController().signal, requestId: options.requestId });
      await backend.adapter.run({ action: 'CANCEL_TASK', taskId: id.native }, call);
      wake(backend);
      // What it is now: the vendor ends it at its next step, not at once.
      await read(backend, id, text, options);
    } catch (error) {
      errors.push(withPath(asVigilError(error), options.path ?? ['input', 'taskId']));
    }
    audit(auditEntry({ action: 'CANCEL_TASK' }, [{ target: text, errors }], options));
    return remember(text, { taskId, errors });
  };

  return async (id, options) => {
    const text = textOfId(id);
    const [outcome] = await idempotency.once(options.idempotencyKey, { cancel: text }, async () => [await cancel(id, text, options)]);
    const taskId = outcome?.taskId ?? null;
    const known = taskId === null ? undefined : (ledger.task(taskId) ?? book.find(taskId));
    return { task: known ? { revision: now(), ...known } : null, errors: recall(outcome?.errors ?? []) };
  };
};
