import type { IncomingHttpHeaders } from 'node:http';

const asSet = (value: string | undefined) =>
  value
    ?.split(',')
    .map((part) => part.trim())
    .sort()
    .join(', ');

/** The texts of warnings, without release and date. */
const warningsOf = (value: string | undefined) =>
  [...(value ?? '').matchAll(/299 Elasticsearch-\S+ "([^"]*)"/g)].map(([, text]) => text).join(' | ');

/** What recorded and actual headers tell differently: product, type, methods allowed, echo, warnings. */
export function compareHeaders(recorded: Readonly<Record<string, string>>, actual: IncomingHttpHeaders): readonly string[] {
  const pairs: readonly (readonly [string, string | undefined, string | undefined])[] = [
    ['x-elastic-product', recorded['x-elastic-product'], String(actual['x-elastic-product'] ?? '') || undefined],
    ['x-opaque-id', recorded['x-opaque-id'], String(actual['x-opaque-id'] ?? '') || undefined],
    ['content-type', recorded['content-type'], actual['content-type']],
    ['allow', asSet(recorded.allow), asSet(actual.allow)],
    ['warning', warningsOf(recorded.warning), warningsOf(String(actual.warning ?? ''))],
  ];
  return pairs
    .filter(([, first, second]) => first !== second)
    .map(([name, first, second]) => `header ${name}: recorded ${first}, now ${second}`);
}
