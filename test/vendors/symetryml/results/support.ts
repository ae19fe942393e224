import type { KeptBody } from '../../../../src/domain/index.js';
import { type BodyIndex, indexBody, type ResultEntity, readEntities, readRows } from '../../../../src/vendors/symetryml/results/index.js';

/** A stored body in memory that counts the bytes read at random; its stream comes in pieces cut at the given lengths, in turn. */
export const memoryBody = (content: string | Uint8Array, cuts: readonly number[] = []): KeptBody & { bytesRead(): number } => {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  let read = 0;
  return {
    size: bytes.length,
    bytesRead: () => read,
    read: (from, to) => {
      read += to - from;
      return Promise.resolve(bytes.slice(from, to));
    },
    stream: async function* () {
      let turn = 0;
      for (let at = 0; at < bytes.length; ) {
        const length = cuts.length === 0 ? bytes.length : Math.max(1, cuts[turn % cuts.length] ?? 1);
        turn += 1;
        yield bytes.slice(at, at + length);
        at += length;
      }
    },
  };
};

/** An index that has been in the store: it came back as JSON. */
const stored = (index: BodyIndex): BodyIndex => JSON.parse(JSON.stringify(index)) as BodyIndex;

export interface ReadResult {
  readonly body: ReturnType<typeof memoryBody>;
  readonly index: BodyIndex;
  readonly entities: readonly ResultEntity[];
}

export const readResult = async (
  content: string | Uint8Array,
  options: { readonly key?: Uint8Array; readonly cuts?: readonly number[]; readonly withRaw?: boolean } = {},
): Promise<ReadResult> => {
  const body = memoryBody(content, options.cuts);
  const index = stored(await indexBody(body));
  return { body, index, entities: await readEntities(body, index, { key: options.key ?? null, withRaw: options.withRaw ?? true }) };
};

/** An envelope around JSON texts of entities. */
export const envelope = (values: string): string => `{"statusCode":"OK","statusString":"Job is finished","values":${values}}`;

export const cellsOf = async ({ body, index }: ReadResult, from: number, count: number, position = 0) =>
  (await readRows(body, index, position, { from, count })).map(({ cells }) => cells);
