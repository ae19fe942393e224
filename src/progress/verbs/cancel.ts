import {
  type Backend,
  type GlobalId,
  gatewayTaskNative,
  isFinal,
  nativeOf,
  parseId,
  type Revised,
  sameObject,
  type Task,
  textOfId,
} from '../../domain/index.js';
import { asVigilError, VigilError } from '../../errors.js';
import type { VerbOptions, VerbService } from '../hub.js';
import { sentTooLate } from './not-sent.js';
import { readOnlyRefusal, unsupported } from './refusal.js';
import type { Sent, VerbFrame, VerbServiceOptions } from './verb-frame.js';

export const createCancel = (
  { backends, ledger, book, runner, wake, fault, now = Date.now }: VerbServiceOptions,
  frame: VerbFrame,
): VerbService['cancelTask'] => {
  const read = async (backend: Backend, id: GlobalId, text: string, { fields, requestId }: VerbOptions): Promise<Revised<Task>> => {
    const unknown = new VigilError('NOT_FOUND', `There is no task ${text}, or its backend has forgotten it.`, {
      backend: backend.key,
      vendor: backend.vendor,
    });
    const kept = book.find(text) ?? (await book.lookUp(text))?.task;
    if (id.native === gatewayTaskNative || (kept && isFinal(kept.state))) {
      if (!kept) throw unknown;
      return ledger.task(kept.id) ?? { ...kept, revision: now() };
    }
    const readAt = now();
    const call = backend.call({ signal: new AbortController().signal, requestId });
    const native = nativeOf(id, backend.adapter);
    const reading = (await backend.adapter.readTasks([native], fields, call)).readings.get(native);
    if (reading?.status === 'undetermined') throw reading.cause;
    const [task] = reading?.status === 'found' ? ledger.stampTasks([reading.value], readAt) : [];
    if (!task || !sameObject(id, parseId(task.id))) throw unknown;
    return task;
  };

  const refusalOf = (backend: Backend, task: Task): VigilError | null => {
    const facts = { backend: backend.key, vendor: backend.vendor };
    const barred = readOnlyRefusal(backend);
    if (barred) return barred;
    if (isFinal(task.state)) return new VigilError('WRONG_STATE', `Task ${task.id} has already ended as ${task.state}.`, facts);
    if (!task.cancellable)
      return new VigilError(
        'WRONG_STATE',
        `Task ${task.id} cannot be cancelled: the vendor has no way to take a ${task.kind.toLowerCase()} back.`,
        facts,
      );
    return unsupported(backend, ['CANCEL_TASK']);
  };

  const cancel = async (id: GlobalId, text: string, options: VerbOptions, owner: string): Promise<Sent> => {
    const backend = backends.get(id.backend);
    const task = await read(backend, id, text, options);
    try {
      const refused = refusalOf(backend, task);
      if (refused) throw refused;
      const call = backend.call({ signal: new AbortController().signal, requestId: options.requestId });
      // The one that was judged: an id without incarnation may name another one by now.
      const judged = parseId(task.id);
      if (!runner.maySend(owner)) throw sentTooLate();
      await backend.adapter.run({ action: 'CANCEL_TASK', taskId: nativeOf(judged, backend.adapter) }, call);
      wake(backend);
      // What it is now: the vendor ends it at its next step, not at once.
      await read(backend, judged, task.id, options).catch((cause: unknown) => {
        // It was sent, whether it can be read or not: a product may forget a task with its end.
        if (asVigilError(cause).code === 'INTERNAL') fault('a task that was cancelled could not be read', cause);
      });
      return { taskId: task.id };
    } catch (error) {
      return { taskId: task.id, error };
    }
  };

  return async (id, options) => {
    const text = textOfId(id);
    const [outcome] = await frame.send({
      request: { action: 'CANCEL_TASK' },
      ids: [id],
      options,
      path: ['input', 'taskId'],
      send: (owner) => () => cancel(id, text, options, owner),
    });
    return outcome ? frame.settle(outcome, { action: 'CANCEL_TASK' }, options) : { task: null, errors: [] };
  };
};
