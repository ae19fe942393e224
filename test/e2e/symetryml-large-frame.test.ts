import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSymetryProcesses, eventuallyAfterAll, type SymetryProcess, type SymetryProcesses } from '../support/symetry-process.js';

interface Frame {
  readonly id: string;
  readonly rowCount: number;
  readonly rows: {
    readonly nodes: readonly { readonly index: number; readonly cells: readonly string[] }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
  };
}
interface Told {
  readonly resultState: string;
  readonly result: {
    readonly id: string;
    readonly bytes: number;
    readonly entities: readonly { readonly id: string; readonly rowCount: number }[];
  } | null;
}

const mebi = 1024 * 1024;
const rowCount = 500_000;
const columnCount = 20;
/** Places a table is looked at, as somebody does who drags its scroll bar. */
const looks = 40;

let world: SymetryProcesses;
let gateway: SymetryProcess;
beforeAll(async () => {
  world = await createSymetryProcesses(1);
  gateway = await world.serve();
});
afterAll(() => world.dispose());

/** Memory the process has in RAM. */
const residentBytes = async (): Promise<number> => {
  const status = await readFile(`/proc/${gateway.child.process.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
};

/** The most memory the process has while something is done. */
const peakDuring = async <T>(work: () => Promise<T>): Promise<{ readonly peak: number; readonly value: T }> => {
  let peak = await residentBytes();
  let busy = true;
  const sampling = (async () => {
    while (busy) {
      peak = Math.max(peak, await residentBytes());
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  try {
    return { value: await work(), peak: Math.max(peak, await residentBytes()) };
  } finally {
    busy = false;
    await sampling;
  }
};

const tell = async (jobId: string): Promise<Told | null> =>
  (
    await gateway.ask<{ readonly job: Told | null }>(
      'query J($id: ID!) { job(id: $id) { resultState result { id bytes entities { id ... on DataFrame { rowCount columns { name type } } } } } }',
      { id: jobId },
    )
  ).job;

const page = async (id: string, first: number, place: { readonly from?: number; readonly after?: string } = {}): Promise<Frame['rows']> =>
  (
    await gateway.ask<{ readonly node: Frame }>(
      `query F($id: ID!, $first: Int, $from: Int, $after: String) { node(id: $id) { ... on DataFrame {
        rows(first: $first, from: $from, after: $after) { nodes { index cells } pageInfo { hasNextPage endCursor } }
      } } }`,
      { id, first, ...place },
    )
  ).node.rows;

/** Takes the result of a job that has ended, however long that takes. */
const collect = async (rows: number, columns: number): Promise<Told> => {
  const number = await world.simulator.plant({ kind: 'dsPredictDataFrame', state: 'finished', frame: { rows, columns } });
  const { collectJobResult } = await gateway.ask<{
    readonly collectJobResult: { readonly job: { readonly id: string } | null; readonly errors: readonly object[] };
  }>('mutation C($id: ID!) { collectJobResult(input: { jobId: $id }) { job { id } errors { code message } } }', {
    id: `job:sym:${number}`,
  });
  expect(collectJobResult.errors).toEqual([]);
  const told = await eventuallyAfterAll(
    () => tell(collectJobResult.job?.id ?? ''),
    (each) => each?.resultState !== 'NONE' && each?.resultState !== 'UNCLAIMED',
  );
  if (told?.resultState !== 'AVAILABLE') throw new TypeError(`it is ${told?.resultState}`);
  return told;
};

const rowAt = (index: number, columns: number) => ({
  index,
  cells: Array.from({ length: columns }, (_column, column) => `${index}.${column}`),
});

describe('a data frame of 500,000 rows and 20 columns', () => {
  it('is read, kept and paged in less than 64 MB of memory', async () => {
    // What every result costs is paid before.
    const small = await collect(2_000, columnCount);
    const smallId = small.result?.entities[0]?.id ?? '';
    for (let look = 0; look < looks; look += 1) await page(smallId, 100, { from: (look * 9) % 1_900 });
    const before = await residentBytes();

    const { peak, value } = await peakDuring(async () => {
      const told = await collect(rowCount, columnCount);
      const id = told.result?.entities[0]?.id ?? '';
      const start = await page(id, 100);
      const middle = await page(id, 100, { from: rowCount / 2 });
      const behind = await page(id, 100, { after: middle.pageInfo.endCursor });
      const end = await page(id, 100, { from: rowCount - 50 });
      for (let look = 0; look < looks; look += 1) await page(id, 100, { from: (look * 7_919 * 13) % rowCount });
      return { told, start, middle, behind, end };
    });
    const { told, start, middle, behind, end } = value;
    expect(told.result?.bytes).toBeGreaterThan(90 * mebi);
    expect(told.result?.entities).toMatchObject([{ rowCount }]);
    expect(start.nodes[3]).toEqual(rowAt(3, columnCount));
    expect(middle.nodes).toEqual(Array.from({ length: 100 }, (_row, index) => rowAt(rowCount / 2 + index, columnCount)));
    expect(behind.nodes[0]).toEqual(rowAt(rowCount / 2 + 100, columnCount));
    expect(end.nodes).toEqual(Array.from({ length: 50 }, (_row, index) => rowAt(rowCount - 50 + index, columnCount)));
    expect(end.pageInfo.hasNextPage).toBe(false);
    expect((peak - before) / mebi).toBeLessThan(64);
    expect((await world.simulator.jobs()).map(({ reads, lateReads }) => [reads, lateReads])).toEqual([
      [1, 0],
      [1, 0],
    ]);
  }, 120_000);
});
