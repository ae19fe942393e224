/**
 * A data frame of 500,000 rows and 20 columns (about 100 MB) of a finished SymetryML job: what indexing it and paging in it cost, against parsing it whole.
 * `npx tsc -p benchmarks && node --expose-gc dist/benchmarks/benchmarks/symetry-frame.js`
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { KeptBody } from '../src/domain/index.js';
import { indexBody, readRows } from '../src/vendors/symetryml/results/index.js';
import { type Contender, comparePaired } from './paired.js';

const rows = 500_000;
const columns = 20;
const pageRows = 100;
const middle = rows / 2;
const mebibyte = 1024 * 1024;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** The text of the body, in pieces; strict JSON, so that `JSON.parse` takes it too. */
function* bodyText(): Generator<string> {
  const names = Array.from({ length: columns }, (_name, index) => `"column_${index}"`).join(',');
  yield `{"statusCode":"OK","statusString":"Job is finished","values":{"dataframe":{"attributeNames":[${names}],"data":[`;
  for (let from = 0; from < rows; from += 1000) {
    const some = Array.from({ length: 1000 }, (_row, at) => {
      const cells = Array.from({ length: columns }, (_cell, column) => (Math.sin((from + at) * columns + column) * 100).toFixed(5));
      return `["${cells.join('","')}"]`;
    });
    yield (from === 0 ? '' : ',') + some.join(',');
  }
  yield ']}}}';
}

const folder = await mkdtemp(join(tmpdir(), 'vigil-frame-'));
const path = join(folder, 'body');
await pipeline(Readable.from(bodyText()), createWriteStream(path));
const file = await open(path, 'r');
const body: KeptBody = {
  size: (await stat(path)).size,
  read: async (from, to) => {
    const bytes = Buffer.alloc(to - from);
    await file.read(bytes, 0, bytes.length, from);
    return bytes;
  },
  stream: () => createReadStream(path),
};

globalThis.gc?.();
const before = process.memoryUsage.rss();
let peak = before;
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 1);
const index = await indexBody(body);
const indexed = peak;
for (let page = 0; page < 500; page += 1) await readRows(body, index, 0, { from: (page * 100_003) % rows, count: pageRows });
clearInterval(watch);
say(
  `body ${(body.size / mebibyte).toFixed(0)} MiB, index ${(JSON.stringify(index).length / 1024).toFixed(0)} KiB, node ${process.version}`,
);
say(
  `memory grew by ${((indexed - before) / mebibyte).toFixed(0)} MiB while indexed, ${((peak - before) / mebibyte).toFixed(0)} MiB with 500 pages`,
);

const page = (from: number): Contender => ({
  name: `page of ${pageRows} rows from row ${from}`,
  run: () => readRows(body, index, 0, { from, count: pageRows }),
});
const wholeParse: Contender = {
  name: 'read and JSON.parse the whole body',
  run: async () => {
    const parsed = JSON.parse(await readFile(path, 'utf8')) as { values: { dataframe: { data: unknown[] } } };
    return parsed.values.dataframe.data.slice(middle, middle + pageRows);
  },
};
const frame = index.entities[0]?.frame;
const firstOffset = frame?.offsets[Math.floor(middle / frame.stride)] ?? 0;
const offsets = frame?.offsets.filter((offset) => offset > firstOffset) ?? [];
/** The least a page can cost: the bytes of one stretch, known beforehand, as strict JSON. */
const leastPage: Contender = {
  name: 'read one stretch of rows and JSON.parse it',
  run: async () => JSON.parse(`[${Buffer.from(await body.read(firstOffset, (offsets[0] ?? 0) - 1)).toString()}]`),
};
const onlyRead: Contender = {
  name: 'read the whole body',
  run: async () => {
    let size = 0;
    for await (const piece of body.stream()) size += piece.length;
    return size;
  },
};
const indexing: Contender = { name: 'index the body', run: () => indexBody(body) };

const report = async (one: Contender, other: Contender, rounds?: number): Promise<void> => {
  const { ratio, lowest, highest, oneMs, otherMs } = await comparePaired(one, other, rounds === undefined ? {} : { rounds });
  say(
    `${one.name} (${oneMs.toFixed(2)} ms) against ${other.name} (${otherMs.toFixed(2)} ms): ${ratio.toFixed(2)}x (${lowest.toFixed(2)}–${highest.toFixed(2)})`,
  );
};

await report(page(middle), wholeParse, 5);
await report(page(middle), page(0));
await report(page(middle), leastPage);
await report(indexing, wholeParse, 5);
await report(indexing, onlyRead, 5);

await file.close();
await rm(folder, { recursive: true });
