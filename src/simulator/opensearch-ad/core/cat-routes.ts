import { type Call, type Prepared, type Reply, type Route, reply } from '../routes.js';
import { resolveNames } from '../search/index-names.js';
import type { World } from '../world.js';
import { pluginsOf } from './node-choice.js';
import { allIndices, copiesOf, healthOf } from './shards.js';

type Row = Readonly<Record<string, string>>;

const atTheRight: ReadonlySet<string> = new Set(['docs.count', 'docs.deleted', 'store.size', 'pri.store.size']);

function printTable(rows: readonly Row[], columns: readonly string[], headed: boolean): string {
  const table = [...(headed ? [columns] : []), ...rows.map((row) => columns.map((column) => row[column] ?? ''))];
  const widths = columns.map((_, index) => Math.max(0, ...table.map((row) => row[index]?.length ?? 0)));
  const pad = (cell: string, index: number) =>
    atTheRight.has(columns[index] ?? '') ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0);
  return table.map((row) => `${row.map(pad).join(' ').trimEnd()}\n`).join('');
}

/** Orders rows by columns, each `name` or `name:desc`. */
const compareBy = (order: readonly string[]) => (left: Row, right: Row) => {
  for (const token of order) {
    const [column = '', direction] = token.split(':');
    const result = (left[column] ?? '').localeCompare(right[column] ?? '', 'en', { numeric: true });
    if (result !== 0) return direction === 'desc' ? -result : result;
  }
  return 0;
};

/** A table, or the same as JSON; `h` chooses columns, and those nobody knows are passed over. */
function readCat({ params }: Call, usual: readonly string[]): (rows: readonly Row[]) => Reply {
  const asJson = params.text('format') === 'json';
  const headed = params.flag('v', false);
  const wanted = params.text('h')?.split(',');
  const order = params.text('s')?.split(',') ?? [];
  for (const name of ['local', 'master_timeout', 'cluster_manager_timeout', 'bytes', 'time', 'expand_wildcards', 'health', 'pri'])
    params.text(name);
  return (rows) => {
    const known = (column: string) => usual.includes(column) || rows.some((row) => row[column] !== undefined);
    const columns = wanted?.filter(known) ?? usual;
    const sorted = [...rows].sort(compareBy(order));
    if (!asJson) return { body: null, text: printTable(sorted, columns, headed) };
    return reply(sorted.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? '']))));
  };
}

function preparePlugins(world: World, call: Call): Prepared {
  const print = readCat(call, ['name', 'component', 'version']);
  const rows = () =>
    world.cluster
      .nodes()
      .flatMap(({ name }) => pluginsOf(world).map((plugin) => ({ name, component: plugin.name, version: plugin.version })));
  return { action: 'cluster:monitor/nodes/info', run: () => print(rows()) };
}

/** Documents as Lucene counts them: every nested object is one more. */
function countDocs(world: World, name: string): number {
  const index = world.indices.index(name);
  if (index === undefined) return 0;
  const nested = [...index.fields.all()].flatMap((field) => field.nested ?? []);
  const paths = [...new Set(nested)].filter((path) => !path.includes('.'));
  return [...index.docs.values()].reduce((sum, { source }) => {
    const objects = paths.map((path) => source[path]).map((value) => (Array.isArray(value) ? value.length : value === undefined ? 0 : 1));
    return sum + 1 + objects.reduce((total, count) => total + count, 0);
  }, 0);
}

const indexColumns = ['health', 'status', 'index', 'uuid', 'pri', 'rep', 'docs.count', 'docs.deleted', 'store.size', 'pri.store.size'];

function prepareIndices(world: World, call: Call): Prepared {
  const print = readCat(call, indexColumns);
  const expression = call.params.text('index');
  const rows = () => {
    const names = expression === undefined ? undefined : resolveNames(expression.split(','), world.indices.names());
    return allIndices(world)
      .filter(({ name }) => names?.includes(name) ?? true)
      .map((index) => {
        const copies = copiesOf(world, index);
        const count = countDocs(world, index.name);
        const size = `${count * 250}b`;
        return {
          health: healthOf(copies),
          status: 'open',
          index: index.name,
          uuid: index.uuid,
          pri: String(copies.primaries),
          rep: String(copies.replicas),
          'docs.count': String(count),
          'docs.deleted': '0',
          'store.size': size,
          'pri.store.size': size,
        };
      });
  };
  return { action: 'indices:monitor/settings/get', run: () => print(rows()) };
}

/** Tables for people. */
export const catRoutes = (world: World): readonly Route[] => [
  { method: 'GET', template: '/_cat/plugins', prepare: (call) => preparePlugins(world, call) },
  { method: 'GET', template: '/_cat/indices', prepare: (call) => prepareIndices(world, call) },
  { method: 'GET', template: '/_cat/indices/{index}', prepare: (call) => prepareIndices(world, call) },
];
