import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A request and what a real server answered. */
export interface Exchange {
  readonly label: string;
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown };
  readonly response: { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: unknown };
}

/** One look of a series of them. */
export interface Moment {
  readonly __next?: string;
  readonly tasks?: readonly Readonly<Record<string, unknown>>[] | string;
}

/** A file of recordings. */
export interface Recording {
  readonly exchanges: readonly Exchange[];
  readonly polls?: readonly Moment[];
}

const folder = fileURLToPath(new URL('../../recordings/opensearch-ad/', import.meta.url));

/** Versions that were recorded, with the names of their files. */
export const recordedFiles: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  ['2.11.0', '2.19.4', '3.4.0'].map((version) => [
    version,
    readdirSync(`${folder}${version}`)
      .filter((file) => file.endsWith('.json') && !file.endsWith('.setup.json'))
      .map((file) => file.replace('.json', ''))
      .sort(),
  ]),
);

export const recordingOf = (version: string, file: string): Recording => {
  const recording: Recording = JSON.parse(readFileSync(`${folder}${version}/${file}.json`, 'utf8'));
  return recording;
};

/** `POST /detectors/{…}`: the request without its base path and query; whatever is below no base path keeps its own. */
export const routeOf = ({ request }: Exchange): string => {
  const [path = ''] = request.path.split('?');
  return `${request.method} ${path.replace(/^\/(?:_plugins|_opendistro)\/_anomaly_detection(?=\/)/, '')}`;
};

/** The id of the detector that a request names; undefined when it names none. */
export const detectorOf = (exchange: Exchange): string | undefined =>
  / \/detectors\/([A-Za-z0-9_-]{20}|no-such-id|x)(?:\/|$)/.exec(routeOf(exchange))?.[1];
