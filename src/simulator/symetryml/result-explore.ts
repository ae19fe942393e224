import type { Json, JsonObject } from '../json.js';
import { type Chosen, contextsIn, inputsOf } from './ml-context.js';
import type { Project } from './projects.js';

/** One list of key and number, or key and text. */
export const valuesMap = (maps: readonly JsonObject[]): JsonObject => ({ values: maps });

function univariate({ attribute }: Chosen, rows: number): JsonObject {
  const count = attribute.empty ? 0 : rows;
  const { mean, deviation } = attribute;
  const error = deviation / Math.sqrt(count);
  return {
    count,
    mean,
    variance: deviation ** 2,
    skewness: attribute.empty ? Number.NaN : 0.31808651443435426,
    stddev: deviation,
    kurtosis: attribute.empty ? Number.NaN : -0.5520640413156395,
    stderr: error,
    meanMarginErrorC95: 1.96 * error,
    min: attribute.least,
    max: attribute.most,
    median: mean,
  };
}

function bivariate([first, second = first]: readonly Chosen[], rows: number): JsonObject {
  if (first === undefined || second === undefined) return {};
  const covar = 0.818 * first.attribute.deviation * second.attribute.deviation;
  return {
    linCorr: covar / (first.attribute.deviation * second.attribute.deviation),
    condVariance: second.attribute.deviation ** 2,
    covar,
    condCount: second.attribute.mean * rows,
    condMean: first.attribute.mean,
  };
}

/** Prefix of the keys of a test that compares two attributes. */
const comparisons: Readonly<Record<string, string>> = { ztest: 'z', ttest: 't', ftest: 'f' };

function comparison([first, second = first]: readonly Chosen[], rows: number, letter: string): JsonObject {
  if (first === undefined || second === undefined) return {};
  const [left, right] = [first.attribute, second.attribute];
  const spread = Math.sqrt((left.deviation ** 2 + right.deviation ** 2) / rows);
  return {
    [`${letter}n1`]: rows,
    [`${letter}n2`]: rows,
    [`${letter}m1`]: left.mean,
    [`${letter}m2`]: right.mean,
    [`${letter}s1`]: left.deviation ** 2,
    [`${letter}s2`]: right.deviation ** 2,
    [letter]: letter === 'f' ? (left.deviation / right.deviation) ** 2 : (left.mean - right.mean) / spread,
    [`${letter}p`]: left.mean === right.mean ? 1 : 0,
  };
}

function metricOf(metric: string, chosen: readonly Chosen[], rows: number): JsonObject {
  const letter = comparisons[metric];
  if (letter !== undefined) return comparison(chosen, rows, letter);
  if (metric === 'bi') return bivariate(chosen, rows);
  if (metric === 'chi2') return { df: 2, coef: 0.8409000000000001, pval: 0, chiStat: rows, 'obs$10:12': rows / 3, 'obs$11:12': 0 };
  const [first] = chosen;
  return first === undefined ? {} : univariate(first, rows);
}

/** KSVDMap: one map of numbers per MLContext (Exploration API, 6.3). A column without values gives `NaN`, `Infinity` and `-Infinity`. */
export function explore(project: Project, metric: string, body: Json | undefined): JsonObject {
  const contexts = contextsIn(body);
  if (contexts.length > 0) return valuesMap(contexts.map((context) => metricOf(metric, inputsOf(project, context), project.rows)));
  return valuesMap(inputsOf(project, undefined).map((chosen) => metricOf(metric, [chosen], project.rows)));
}
