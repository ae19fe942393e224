import { TaskProgressDocument, type TaskRowFragment, VigilClientError } from '../client/index.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import type { Connected } from './gateway-connection.js';
import { isFinalState, type TaskLine } from './task-text.js';

/** Shows a task until it has ended. Rejects with the StopReason when interrupted. */
export const followTask = async (
  { client, printer, io }: Connected,
  first: TaskRowFragment,
  job: { readonly nativeId: string } | null,
): Promise<{ readonly task: TaskRowFragment; readonly exitCode: ExitCode }> => {
  const view = printer.asJson ? undefined : printer.progress();
  let task = first;
  const show = () => {
    if (view) view.show({ ...task, job } satisfies TaskLine);
    else printer.json({ event: isFinalState(task.state) ? 'ended' : 'progress', task });
  };
  try {
    show();
    if (!isFinalState(task.state)) {
      for await (const step of client.subscribe(TaskProgressDocument, { id: task.id }, { signal: io.signal })) {
        task = step.taskProgress.task;
        show();
      }
    }
  } finally {
    view?.dispose();
  }
  if (!isFinalState(task.state)) throw new VigilClientError('INTERNAL', `The gateway stopped telling of ${task.id} before it ended.`);
  return { task, exitCode: task.state === 'SUCCEEDED' ? exitCodes.ok : exitCodes.failed };
};
