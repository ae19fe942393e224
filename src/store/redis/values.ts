import type { Store } from '../store.js';
import { deleteValue, getValue, listValues, putValue } from '../values.js';
import type { Reply } from './connection.js';
import type { Marks, Perform } from './work.js';

const textOf = (reply: Reply | undefined): string | undefined => (Buffer.isBuffer(reply) ? reply.toString('utf8') : undefined);

const bound = (mark: '[' | '(', name: Buffer): Buffer => Buffer.concat([Buffer.from(mark), name]);

/** ZRANGEBYLEX's bounds: by bytes, of which no UTF-8 text has 0xff. */
const rangeOf = (prefix: string, after: string | undefined): readonly [from: Buffer, to: Buffer] => {
  const first = Buffer.from(prefix, 'utf8');
  const last = after === undefined ? undefined : Buffer.from(after, 'utf8');
  const from = last === undefined || Buffer.compare(last, first) < 0 ? bound('[', first) : bound('(', last);
  if (first.length === 0) return [from, Buffer.from('+')];
  const end = Buffer.from(first);
  end.writeUInt8(end.readUInt8(end.length - 1) + 1, end.length - 1);
  return [from, bound('(', end)];
};

/** Redis reads counts as 64-bit numbers and refuses `Infinity`. */
const countOf = (limit: number): number => Math.min(Math.max(0, Math.floor(limit)), 2 ** 31);

/** How long Redis knows who was the first to put a value: for an answer that was lost. After that nobody is told that he was. */
const markMs = 10 * 60_000;

export const createValues = (perform: Perform, marks: Marks): Pick<Store, 'get' | 'put' | 'putIfAbsent' | 'delete' | 'list'> => ({
  get: (key) =>
    perform({
      inRedis: async ({ run, keys }) => textOf(await run('get', [keys.values], key)),
      inMemory: ({ rows }) => getValue(rows, key),
    }),
  put: (key, value) =>
    perform({
      inRedis: async ({ run, keys }) => void (await run('put', [keys.values, keys.names], key, value)),
      inMemory: ({ rows }) => putValue(rows, key, value),
    }),
  putIfAbsent: (key, value) => {
    const id = marks.idOf(marks.nextNumber());
    return perform({
      inRedis: async ({ run, keys }, again) =>
        (await run('putIfAbsent', [keys.values, keys.names, keys.mark(id)], key, value, again ? '1' : '0', markMs)) === 1,
      inMemory: (outage) => outage.putIfAbsent(key, value),
    });
  },
  delete: (key) =>
    perform({
      inRedis: async ({ run, keys }) => void (await run('delete', [keys.values, keys.names], key)),
      inMemory: ({ rows }) => deleteValue(rows, key),
    }),
  list: (prefix, { limit, after }) =>
    perform({
      inRedis: async ({ run, keys }) => {
        const [names, values] = (await run(
          'list',
          [keys.values, keys.names],
          ...rangeOf(prefix, after),
          countOf(limit),
        )) as readonly Reply[][];
        return (names ?? []).map((name, index) => ({ key: textOf(name) ?? '', value: textOf(values?.[index]) ?? '' }));
      },
      inMemory: ({ rows }) => listValues(rows, prefix, limit, after),
    }),
});
