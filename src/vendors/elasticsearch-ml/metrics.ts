import { formatId, type Metric, openValue } from '../../domain/index.js';
import type { ElasticsearchNodeMetrics } from './details.js';
import type { WireMemoryNode } from './wire-results.js';

const leaves = (value: unknown, name: string): readonly Metric[] => {
  if (typeof value === 'object' && value !== null) {
    if (Array.isArray(value)) return [];
    return Object.entries(value).flatMap(([key, each]) => leaves(each, name === '' ? key : `${name}.${key}`));
  }
  if (name === '' || value === null || value === undefined) return [];
  return [{ name, text: String(value), number: typeof value === 'number' && Number.isFinite(value) ? value : null }];
};

/** The leaves of an object under their dotted names, in the order they were sent. Lists are settings of their own kind, and no metrics. */
export const flatten = (value: Readonly<Record<string, unknown>>): readonly Metric[] =>
  Object.entries(value).flatMap(([name, each]) => leaves(openValue(each), name));

export const mapNodeMetrics = (backend: string, nativeId: string, node: WireMemoryNode): ElasticsearchNodeMetrics => ({
  typename: 'ElasticsearchNodeMetrics',
  id: `${formatId('node', backend, nativeId)}/metrics`,
  totalBytes: node.mem?.total_in_bytes ?? null,
  mlMaxBytes: node.mem?.ml?.max_in_bytes ?? null,
  anomalyDetectorsBytes: node.mem?.ml?.anomaly_detectors_in_bytes ?? null,
  nativeCodeOverheadBytes: node.mem?.ml?.native_code_overhead_in_bytes ?? null,
  jvmHeapMaxBytes: node.jvm?.heap_max_in_bytes ?? null,
});
