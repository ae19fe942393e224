import type { Store, StreamEntry } from '../../store/store.js';

/** The entries of the journal in the store: as many as a restart needs, and no more. */
export interface SavedEntries {
  append(text: string): Promise<number>;
  /** What is kept after that number, oldest first, in pages. `gap`: some of them, or before them, are missing. */
  after(sequence: number): AsyncIterable<{ readonly entries: readonly StreamEntry[]; readonly gap: boolean }>;
  /** An entry was read back. */
  count(): void;
  /** A checkpoint was, or is to be, made at the entry seen last. */
  mark(sequence: number): void;
  /** A restart begins with the first of these checkpoints from now on. */
  keepSince(checkpoints: readonly number[]): void;
}

const stream = 'changes';
const page = 100;
/** A store that takes entries but no checkpoints must not fill up: of so many times as many as lie between two of them, the oldest are let go. */
const mostCheckpointsMissed = 16;

/** `checkpointEntries`: how many entries there are between two checkpoints. */
export const createSavedEntries = (store: Store, checkpointEntries: number): SavedEntries => {
  /** Entries seen so far. Their numbers skip, so they do not tell how many there are between two. */
  let seen = 0;
  const seenAt = new Map<number, number>();
  let base: number | undefined;

  return {
    append: async (text) => {
      const needed = seen - (seenAt.get(base ?? 0) ?? 0) + 1;
      const sequence = await store.append(stream, text, { keep: Math.min(needed, checkpointEntries * mostCheckpointsMissed) });
      seen += 1;
      return sequence;
    },
    async *after(sequence) {
      for (let from = sequence; ; ) {
        const { entries, truncated } = await store.read(stream, { after: from, limit: page });
        yield { entries, gap: truncated };
        from = entries.at(-1)?.sequence ?? from;
        if (entries.length < page) return;
      }
    },
    count: () => {
      seen += 1;
    },
    mark: (sequence) => {
      seenAt.set(sequence, seen);
      base ??= sequence;
    },
    keepSince: (checkpoints) => {
      base = checkpoints[0];
      for (const sequence of seenAt.keys()) if (!checkpoints.includes(sequence)) seenAt.delete(sequence);
    },
  };
};
