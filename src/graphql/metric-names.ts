import type { Metric } from '../domain/index.js';

/** Those of the metrics that are wanted; null: all. */
export const metricsNamed = (metrics: readonly Metric[], wanted: readonly string[] | null): readonly Metric[] =>
  wanted ? metrics.filter(({ name }) => wanted.includes(name)) : metrics;
