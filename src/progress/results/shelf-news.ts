import { randomUUID } from 'node:crypto';
import type { Store } from '../../store/store.js';

/** What others have told since it was asked for last, by key. */
export interface HeardNews {
  readonly written: readonly string[];
  readonly dropped: readonly string[];
  /** False: some of it is known no more, and anything may have changed. */
  readonly isWhole: boolean;
}

/** What instances tell one another of the records they write. */
export interface ShelfNews {
  /** From here on. */
  begin(): Promise<void>;
  written(key: string): Promise<void>;
  dropped(key: string): Promise<void>;
  /** Nothing while the others cannot be heard: it is told later. */
  read(): Promise<HeardNews>;
  /** Called when there may be some, and when the others can be heard again. Returns the way out. */
  listen(listener: () => void): () => void;
}

/** Who has missed more reads everything. */
const newsKept = 1_000;
const droppedMark = 'dropped ';

export const createShelfNews = (backendKey: string, store: Pick<Store, 'append' | 'read' | 'listen'>): ShelfNews => {
  const stream = `jobs-news/${backendKey}`;
  const writer = randomUUID();
  let last = 0;

  const tell = async (what: string): Promise<void> => void (await store.append(stream, `${writer} ${what}`, { keep: newsKept }));

  return {
    begin: async () => {
      const { entries, away } = await store.read(stream, { after: 0, limit: newsKept });
      if (!away) last = entries.at(-1)?.sequence ?? 0;
    },
    written: (key) => tell(key),
    dropped: (key) => tell(droppedMark + key),
    read: async () => {
      const { entries, truncated, away } = await store.read(stream, { after: last, limit: newsKept });
      if (away) return { written: [], dropped: [], isWhole: true };
      last = Math.max(last, entries.at(-1)?.sequence ?? 0);
      /** By key: whether it was written last, or dropped. */
      const heard = new Map<string, boolean>();
      for (const { value } of entries) {
        const blank = value.indexOf(' ');
        const what = value.slice(blank + 1);
        if (value.slice(0, blank) === writer) continue;
        if (what.startsWith(droppedMark)) heard.set(what.slice(droppedMark.length), false);
        else heard.set(what, true);
      }
      return {
        written: [...heard].flatMap(([key, isWritten]) => (isWritten ? key : [])),
        dropped: [...heard].flatMap(([key, isWritten]) => (isWritten ? [] : key)),
        isWhole: !truncated,
      };
    },
    listen: (listener) => store.listen(stream, listener),
  };
};
