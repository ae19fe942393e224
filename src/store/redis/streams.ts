import type { Store, StreamEntry } from '../store.js';
import { appendEntry, readEntries } from '../streams.js';
import type { Reply } from './connection.js';
import type { Marks, Perform } from './work.js';

const numberOf = (reply: Reply | undefined): number => Number.parseInt(String(reply), 10);

/** `[id, ['p', previous, 'v', value]]`; the id is the sequence number and `-0`. */
type Found = readonly [id: Buffer, fields: readonly Buffer[]];

const countOf = (limit: number): number => Math.min(Math.floor(limit), 2 ** 31);

export const createStreams = (perform: Perform, marks: Marks): Pick<Store, 'append' | 'read'> => ({
  append: (stream, value, { keep }) => {
    // Chosen once: what is sent a second time is known by it.
    const number = marks.nextNumber();
    return perform({
      inRedis: async ({ run, keys }, again) =>
        numberOf(await run('append', [keys.stream(stream), keys.heads], stream, value, keep, number, again ? '1' : '0')),
      inMemory: ({ rows }) => appendEntry(rows, stream, value, keep, number),
    });
  },
  read: (stream, { after, limit }) =>
    perform({
      inRedis: async ({ run, keys }) => {
        if (limit <= 0) return { entries: [], truncated: false };
        const first = `${Math.max(0, after + 1)}-0`;
        const [head, found] = (await run('read', [keys.stream(stream), keys.heads], stream, first, countOf(limit))) as readonly [
          Reply,
          Found[],
        ];
        const entries: StreamEntry[] = [];
        let previous = after;
        // Each entry names the one before it: whoever reads sees what is missing between two.
        let truncated = found.length === 0 && numberOf(head) !== after;
        for (const [id, [, before, , value]] of found) {
          if (numberOf(before) !== previous) truncated = true;
          previous = numberOf(id);
          entries.push({ sequence: previous, value: value?.toString('utf8') ?? '' });
        }
        return { entries, truncated };
      },
      inMemory: ({ rows }) => readEntries(rows, stream, after, limit),
    }),
});
