import type { JsonObject } from '../json.js';
import type { Detector } from './detector.js';
import type { Entity } from './runtime.js';
import { featureValue, type Sample } from './source-data.js';
import type { World } from './world.js';

/** Where a result comes from. */
export interface ResultOrigin {
  readonly taskId?: string;
  readonly modelId?: string;
  readonly entity?: Entity | undefined;
}

/** A model that only remembers the mean and the spread of what it saw: enough to tell a spike, and the same every time. */
export interface Scorer {
  /** The result of an interval; undefined where the documents give no value. */
  score(samples: readonly Sample[], from: number, to: number): JsonObject | undefined;
}

/** The results of an interval: one, or none where the documents give no value. */
export function scored(scorer: Scorer, samples: readonly Sample[], from: number, to: number): readonly JsonObject[] {
  const result = scorer.score(samples, from, to);
  return result === undefined ? [] : [result];
}

/** Intervals before a model judges (NUM_MIN_SAMPLES). */
export const minSamples = 32;

/** Deviations from the mean above which there is an anomaly, and from which on it is a certain one. */
const [suspicious, certain] = [5, 9];

const round = (value: number) => Math.round(value * 1e12) / 1e12;

/** A scorer that has seen nothing. */
export function createScorer(world: World, detector: Detector, origin: ResultOrigin): Scorer {
  const features = detector.features.filter(({ enabled }) => enabled);
  const seen = features.map(() => ({ mean: 0, spread: 0 }));
  let count = 0;
  return {
    score(samples, from, to) {
      const values = features.map((feature) => featureValue(feature, samples));
      if (values.some((value) => value === undefined)) return undefined;
      const numbers = values.map((value) => value ?? 0);
      const expected = seen.map(({ mean }) => mean);
      const deviations = numbers.map((value, index) => {
        const { mean, spread } = seen[index] ?? { mean: 0, spread: 0 };
        return Math.abs(value - mean) / Math.max(spread, Math.abs(mean) / 100, 1e-6);
      });
      const worst = count < minSamples ? 0 : Math.max(0, ...deviations);
      const grade = worst <= suspicious ? 0 : Math.min(1, (worst - suspicious) / (certain - suspicious));
      if (grade === 0) learn(seen, numbers, count);
      count += 1;
      return resultJson(world, detector, { origin, from, to, numbers, expected, grade, worst, count });
    },
  };
}

function learn(seen: readonly { mean: number; spread: number }[], numbers: readonly number[], count: number): void {
  const weight = 1 / Math.min(count + 1, 64);
  seen.forEach((state, index) => {
    const difference = (numbers[index] ?? 0) - state.mean;
    state.spread = state.spread * (1 - weight) + Math.abs(difference) * (count === 0 ? 0 : weight);
    state.mean += difference * weight;
  });
}

interface Scored {
  readonly origin: ResultOrigin;
  readonly from: number;
  readonly to: number;
  readonly numbers: readonly number[];
  readonly expected: readonly number[];
  readonly grade: number;
  readonly worst: number;
  readonly count: number;
}

/** A result as recorded: attribution and expectation only with a grade. */
function resultJson(world: World, detector: Detector, scored: Scored): JsonObject {
  const { origin, from, to, numbers, expected, grade, worst, count } = scored;
  const now = world.schedule.now();
  const features = detector.features.filter(({ enabled }) => enabled);
  const valuesOf = (values: readonly number[]) => features.map(({ id }, index) => ({ feature_id: id, data: values[index] ?? 0 }));
  const share = features.length === 0 ? 0 : 1 / features.length;
  return {
    detector_id: detector.id,
    schema_version: world.dialect.resultSchema,
    anomaly_score: count < minSamples ? 0 : round(0.7 + worst / 4),
    anomaly_grade: round(grade),
    confidence: count < minSamples ? 0 : round(1 - 1 / Math.sqrt(count)),
    threshold: round(0.9 + 1 / (count + 1)),
    data_start_time: from,
    data_end_time: to,
    execution_start_time: now,
    execution_end_time: now,
    feature_data: features.map(({ id, name }, index) => ({ feature_id: id, feature_name: name, data: numbers[index] ?? 0 })),
    ...(origin.taskId !== undefined && { task_id: origin.taskId }),
    ...(origin.modelId !== undefined && { model_id: origin.modelId }),
    ...(origin.entity !== undefined && { entity: origin.entity }),
    ...(grade > 0 && {
      relevant_attribution: valuesOf(features.map(() => share)),
      expected_values: [{ likelihood: 1, value_list: valuesOf(expected) }],
      ...(!world.dialect.modern && { approx_anomaly_start_time: from }),
    }),
  };
}
