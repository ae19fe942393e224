import { TaskProgressDocument, type TaskRowFragment, VigilClientError } from '../client/index.js';
import type { Connected } from './gateway-connection.js';
import { isFinalState, type TaskTarget } from './task-text.js';

/** Shows a task until it has ended, or is as `isOver` wants it. Rejects with the StopReason when interrupted. */
export const followTask = async (
  { client, printer, io }: Connected,
  { job, detector, ...first }: TaskRowFragment & TaskTarget,
  isOver: (state: string) => boolean = isFinalState,
): Promise<TaskRowFragment> => {
  const view = printer.asJson ? undefined : printer.progress();
  let task: TaskRowFragment = first;
  const show = () => {
    if (view) view.show({ ...task, ...(job ? { job } : {}), ...(detector ? { detector } : {}) });
    else printer.json({ event: isOver(task.state) ? 'ended' : 'progress', task });
  };
  try {
    show();
    if (!isOver(task.state)) {
      for await (const step of client.subscribe(TaskProgressDocument, { id: task.id }, { signal: io.signal })) {
        task = step.taskProgress.task;
        show();
        if (isOver(task.state)) break;
      }
    }
  } finally {
    view?.dispose();
  }
  if (!isOver(task.state)) throw new VigilClientError('INTERNAL', `The gateway stopped telling of ${task.id} before it ended.`);
  return task;
};
