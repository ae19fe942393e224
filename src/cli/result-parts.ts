import type { JobResultQuery } from '../client/index.js';
import { type Column, tableOf } from './paged-list.js';

/** A part of a result, without the rows of a table. */
export type ResultPart = NonNullable<NonNullable<JobResultQuery['job']>['result']>['entities'][number];
export type KeyValuePart = Extract<ResultPart, { readonly __typename: 'KeyValueMap' }>;
export type TablePart = Extract<ResultPart, { readonly __typename: 'DataFrame' }>;

const longestCell = 40;
const longestNumber = 10;

/** Names come from a backend: none may look like a line of its own. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

/** Fit for a table, which no double in full length is; `--json` has all of it. */
export const cellText = (text: string | null): string => {
  if (text === null) return '-';
  if (text.length > longestNumber && /^-?\d+\.\d+(?:e[+-]?\d+)?$/i.test(text)) return String(Number(Number(text).toPrecision(6)));
  const line = oneLine(text);
  return line.length > longestCell ? `${line.slice(0, longestCell - 1)}…` : line;
};

const numberText = (number: number | null): string => (number === null ? '-' : cellText(String(number)));

const indented = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): readonly string[] =>
  tableOf(columns)
    .lines(rows)
    .map((line) => `  ${line}`);

const scoreColumns: readonly Column<KeyValuePart['kMeans'][number]>[] = [
  { heading: 'CLUSTERS', cell: ({ clusters }) => String(clusters) },
  { heading: 'WSSSE', cell: ({ wssse }) => numberText(wssse) },
  { heading: 'SILHOUETTE', cell: ({ silhouette }) => numberText(silhouette) },
];

/** Of an optimised k-means: its scores by number of clusters; nothing for other jobs. */
export const scoreLines = ({ kMeans }: KeyValuePart): readonly string[] => indented(scoreColumns, kMeans);

const entryColumns: readonly Column<KeyValuePart['maps'][number]['entries'][number]>[] = [
  { heading: 'KEY', cell: ({ key }) => oneLine(key) },
  { heading: 'VALUE', cell: ({ text }) => cellText(text) },
];

const scoreKey = /^kmeans_\d+_(?:wssse|silhouette)$/;

/** What stands in the table of scores already is left out. */
const mapLines = (part: KeyValuePart): readonly string[] => [
  ...scoreLines(part),
  ...part.maps.flatMap(({ entries }) =>
    indented(
      entryColumns,
      entries.filter(({ key }) => part.kMeans.length === 0 || !scoreKey.test(key)),
    ),
  ),
];

type ProjectPart = Extract<ResultPart, { readonly __typename: 'ProjectInfoResult' }>;
const projectColumns: readonly Column<ProjectPart['projects'][number]>[] = [
  { heading: 'PROJECT', cell: ({ pid }) => oneLine(pid) },
  { heading: 'TYPE', cell: ({ type }) => oneLine(type ?? '-') },
  { heading: 'ATTRIBUTES', cell: ({ attributes }) => String(attributes.length) },
  { heading: 'MODELS', cell: ({ models }) => models.map(({ name }) => oneLine(name)).join(' ') || '-' },
  { heading: 'DATA SOURCES', cell: ({ dataSources }) => dataSources.map(oneLine).join(' ') || '-' },
  { heading: 'CHANGED', cell: ({ modifiedAt }) => modifiedAt ?? '-' },
];

type AwsPart = Extract<ResultPart, { readonly __typename: 'AwsInfoResult' }>;
interface AwsRow {
  readonly region: string;
  readonly what: string;
  readonly to: string;
}
const awsColumns: readonly Column<AwsRow>[] = [
  { heading: 'REGION', cell: ({ region }) => oneLine(region) },
  { heading: 'TOPIC OR QUEUE', cell: ({ what }) => oneLine(what) },
  { heading: 'DELIVERS TO', cell: ({ to }) => oneLine(to) },
];
const awsLines = ({ decrypted, topics, queues }: AwsPart): readonly string[] =>
  decrypted
    ? indented(awsColumns, [
        ...topics.map(({ region, arn, endpoints }) => ({ region, what: arn, to: endpoints.join(' ') || '-' })),
        ...queues.map(({ region, url }) => ({ region, what: url, to: '-' })),
      ])
    : ['  encrypted with another secret key than the one configured now'];

const grouped = new Intl.NumberFormat('en-US');
const counted = (count: number, word: string): string => `${grouped.format(count)} ${word}${count === 1 ? '' : 's'}`;

const shownTypes: ReadonlySet<string> = new Set<ResultPart['__typename']>([
  'DataFrame',
  'KeyValueMap',
  'NumberResult',
  'ProjectInfoResult',
  'AwsInfoResult',
]);

/** Whether there is nothing to be shown of it but what the vendor sent. A gateway may know more types than this command. */
export const needsRaw = (part: ResultPart): boolean =>
  !shownTypes.has(part.__typename) || (part.__typename === 'NumberResult' && part.number === null);

/** A part for people; of a table its heading. `raw`: as the vendor sent it, where it was asked for. */
export const partLines = (part: ResultPart, raw: unknown): readonly string[] => {
  const sent = JSON.stringify(raw) ?? 'null';
  const name = oneLine(part.name);
  switch (part.__typename) {
    case 'DataFrame':
      return [`${name}: ${counted(part.rowCount, 'row')} of ${counted(part.columns.length, 'column')}`];
    case 'KeyValueMap':
      return [name, ...mapLines(part)];
    case 'NumberResult':
      return [`${name}: ${part.number === null ? sent : cellText(String(part.number))}`];
    case 'ProjectInfoResult':
      return [`${name}: ${counted(part.projects.length, 'project')}`, ...indented(projectColumns, part.projects)];
    case 'AwsInfoResult':
      return [name, ...awsLines(part)];
    default:
      return [`${name}${part.reason ? ` (${part.reason})` : ''}: ${sent}`];
  }
};
