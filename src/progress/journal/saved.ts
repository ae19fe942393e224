import type { Appended, Store, StreamEntry } from '../../store/store.js';

/** The entries of the journal in the store. */
export interface SavedEntries {
  append(text: string): Promise<number>;
  /** The same, as the entry right after that one. */
  appendAfter(text: string, after: number): Promise<Appended>;
  /** What comes after that number, oldest first. */
  page(after: number): Promise<SavedPage>;
  /** The same to the end, in pages. */
  pages(after: number): AsyncIterable<SavedPage>;
  /** Entries before that one are not needed any more. */
  trim(before: number): Promise<void>;
  /** Called when others may have written. Returns the way out. */
  listen(listener: () => void): () => void;
}

/** Some of what is there. */
export interface SavedPage {
  readonly entries: readonly StreamEntry[];
  /** Some of them, or before them, are missing. */
  readonly truncated: boolean;
  /** The store is shared and cannot be reached: this is not what others have written. */
  readonly away: boolean;
  /** There is no more by now. */
  readonly isLast: boolean;
}

const stream = 'changes';
const size = 100;

/** `keep`: a store that takes entries but no checkpoints must not fill up. */
export const createSavedEntries = (store: Store, keep: number): SavedEntries => {
  const page = async (after: number): Promise<SavedPage> => {
    const found = await store.read(stream, { after, limit: size });
    return { ...found, isLast: found.entries.length < size };
  };
  return {
    append: (text) => store.append(stream, text, { keep }),
    appendAfter: (text, after) => store.appendAfter(stream, text, { keep, after }),
    page,
    async *pages(after) {
      for (let from = after; ; ) {
        const found = await page(from);
        yield found;
        from = found.entries.at(-1)?.sequence ?? from;
        if (found.isLast || found.away) return;
      }
    },
    trim: (before) => store.trim(stream, { before }),
    listen: (listener) => store.listen(stream, listener),
  };
};
