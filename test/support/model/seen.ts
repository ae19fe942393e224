/** Unfinished tasks as the gateways have made them known, in order: whoever listened by then has to be told how they end. */
export interface Seen {
  add(id: string): void;
  /** From an entry of the log. */
  read(entry: string): void;
  count(): number;
  since(count: number): readonly string[];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/** Wherever they stand in it: how an entry is laid out is the log's own business. */
const runningIn = (value: unknown): readonly string[] => {
  if (!isRecord(value)) return [];
  const { kind, value: task } = value;
  if (kind === 'task' && isRecord(task) && task.state === 'RUNNING' && typeof task.id === 'string') return [task.id];
  return Object.values(value).flatMap(runningIn);
};

export const createSeen = (): Seen => {
  const ids: string[] = [];
  return {
    add: (id) => void ids.push(id),
    read: (entry) => void ids.push(...runningIn(JSON.parse(entry))),
    count: () => ids.length,
    since: (count) => ids.slice(count),
  };
};
