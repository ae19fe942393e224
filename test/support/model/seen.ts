/** Unfinished tasks as the gateways have made them known, in order: whoever listened by then has to be told how they end. */
export interface Seen {
  add(id: string): void;
  /** From an entry of the log. */
  read(entry: string): void;
  /** The place in the log that a cursor names; undefined: it was given out by an instance that went on without the store. */
  placeOf(cursor: string): number | undefined;
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
  const epochs = new Set<string>();
  return {
    add: (id) => void ids.push(id),
    read: (entry) => {
      const value: unknown = JSON.parse(entry);
      if (isRecord(value) && typeof value.epoch === 'string') epochs.add(value.epoch);
      ids.push(...runningIn(value));
    },
    placeOf: (cursor) => {
      const [epoch = '', sequence = ''] = Buffer.from(cursor, 'base64url').toString().split('.');
      return epochs.has(epoch) ? Number.parseInt(sequence, 36) : undefined;
    },
    count: () => ids.length,
    since: (count) => ids.slice(count),
  };
};
