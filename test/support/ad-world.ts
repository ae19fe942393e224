/*
 * Puts data and detectors into a cluster with Anomaly Detection, by the product's own routes: the same for a simulator and for a real server.
 */

/** Where a cluster is, and how its plugin's routes begin. */
export interface AdCluster {
  readonly url: string;
  /** `/_plugins/_anomaly_detection` unless it is another product. */
  readonly base?: string;
}

export interface DetectorSetup {
  readonly name: string;
  readonly index: string;
  /** One model for each value of this field. */
  readonly categoryField?: string;
  readonly featureEnabled?: boolean;
}

export interface DataSetup {
  readonly index: string;
  readonly from: number;
  readonly minutes: number;
  /** Values of the field `host`; each has a document a minute. */
  readonly hosts: readonly string[];
}

const minuteMs = 60_000;
const defaultBase = '/_plugins/_anomaly_detection';

/** Sends one request; fails unless the answer is a success without an error in its body. */
export const askCluster = async <T>(cluster: AdCluster, method: string, path: string, body?: unknown): Promise<T> => {
  const isLines = typeof body === 'string';
  const response = await fetch(`${cluster.url}${path}`, {
    method,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': isLines ? 'application/x-ndjson' : 'application/json' }),
    },
    ...(body === undefined ? {} : { body: isLines ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer = (text === '' ? {} : JSON.parse(text)) as T & { readonly error?: unknown };
  if (!response.ok || answer.error !== undefined) throw new TypeError(`${method} ${path}: ${response.status} ${text}`);
  return answer;
};

/** An index of metrics: one document a minute and host, a slow wave with one outlier every six hours. */
export const indexMetrics = async (cluster: AdCluster, { index, from, minutes, hosts }: DataSetup): Promise<void> => {
  await askCluster(cluster, 'PUT', `/${index}`, {
    settings: { number_of_shards: 1, number_of_replicas: 0 },
    mappings: { properties: { timestamp: { type: 'date' }, value: { type: 'double' }, host: { type: 'keyword' } } },
  });
  const chunk = 5_000;
  const lines: string[] = [];
  const flush = async (): Promise<void> => {
    if (lines.length > 0) await askCluster(cluster, 'POST', `/${index}/_bulk?refresh=true`, `${lines.splice(0).join('\n')}\n`);
  };
  for (let minute = 0; minute < minutes; minute += 1) {
    for (const host of hosts) {
      const value = 50 + 10 * Math.sin(minute / 120) + (minute % 360 === 359 ? 80 : 0);
      lines.push('{"index":{}}', JSON.stringify({ timestamp: from + minute * minuteMs, value, host }));
    }
    if (lines.length >= chunk) await flush();
  }
  await flush();
};

/** Makes a detector that looks at the data every minute. Returns its id. */
export const createDetector = async (
  cluster: AdCluster,
  { name, index, categoryField, featureEnabled = true }: DetectorSetup,
): Promise<string> => {
  const { _id } = await askCluster<{ readonly _id: string }>(cluster, 'POST', `${cluster.base ?? defaultBase}/detectors`, {
    name,
    description: `watches ${index}`,
    time_field: 'timestamp',
    indices: [index],
    feature_attributes: [
      { feature_name: 'avg_value', feature_enabled: featureEnabled, aggregation_query: { avg_value: { avg: { field: 'value' } } } },
    ],
    filter_query: { match_all: {} },
    detection_interval: { period: { interval: 1, unit: 'Minutes' } },
    window_delay: { period: { interval: 0, unit: 'Minutes' } },
    ...(categoryField === undefined ? {} : { category_field: [categoryField] }),
  });
  return _id;
};
