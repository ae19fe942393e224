import type { Appended, Store, StreamEntry } from '../store.js';
import { appendEntry, readEntries, trimEntries } from '../streams.js';
import type { Reply } from './connection.js';
import type { Marks, Perform } from './work.js';

export const numberOf = (reply: Reply | undefined): number => Number.parseInt(String(reply), 10);

/** `[id, ['p', previous, 'v', value, 'i', whose]]`; the id is the sequence number and `-0`. */
export type Found = readonly [id: Buffer, fields: readonly Buffer[]];

const countOf = (limit: number): number => Math.min(Math.floor(limit), 2 ** 31);

export const createStreams = (perform: Perform, marks: Marks): Pick<Store, 'append' | 'appendAfter' | 'read' | 'trim'> => {
  const seen = (number: number): number => {
    marks.seenNumber(number);
    return number;
  };
  return {
    append: (stream, value, { keep }) => {
      // Chosen once: what is sent a second time is known by it.
      const number = marks.nextNumber();
      const id = marks.idOf(number);
      return perform({
        inRedis: async ({ run, keys }, again) =>
          seen(numberOf(await run('append', [keys.stream(stream), keys.heads], stream, value, keep, number, id, again ? '1' : '0'))),
        inMemory: ({ rows, doubt }, again) => {
          const sequence = appendEntry(rows, stream, value, keep, number);
          if (again) doubt(stream, sequence);
          return sequence;
        },
      });
    },
    appendAfter: (stream, value, { keep, after }) => {
      const number = marks.nextNumber();
      const id = marks.idOf(number);
      return perform<Appended>({
        inRedis: async ({ run, keys }, again) => {
          const where = [keys.stream(stream), keys.heads];
          const added = await run('appendAfter', where, stream, value, keep, number, id, again ? '1' : '0', after);
          return added === null ? { status: 'behind' } : { status: 'added', sequence: seen(numberOf(added)) };
        },
        inMemory: () => ({ status: 'away' }),
      });
    },
    read: (stream, { after, limit }) =>
      perform<Awaited<ReturnType<Store['read']>>>({
        inRedis: async ({ run, keys }) => {
          if (limit <= 0) return { entries: [], truncated: false, away: false };
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
          seen(numberOf(head));
          return { entries, truncated, away: false };
        },
        inMemory: ({ rows }) => ({ ...readEntries(rows, stream, after, limit), away: true }),
      }),
    trim: (stream, { before }) =>
      perform({
        inRedis: async ({ run, keys }) => void (await run('trim', [keys.stream(stream)], stream, `${Math.max(0, Math.ceil(before))}-0`)),
        inMemory: ({ rows }) => trimEntries(rows, stream, before),
      }),
  };
};
