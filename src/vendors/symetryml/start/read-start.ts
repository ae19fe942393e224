import { z } from 'zod';
import { Secret } from '../../../domain/index.js';
import { VigilError } from '../../../errors.js';
import { fieldOf, type StartInput, type StartKind } from './kinds.js';

/* The form of a request to start a job, as the mutation makes it: it comes through rooms that know nothing of it. */

const text = z.string();
const number = z.number().nullish();
const flag = z.boolean().nullish();
const texts = z.array(text).nullish();
const numbers = z.array(z.number()).nullish();
const secret = z.instanceof(Secret);

const context = z.object({
  targets: numbers,
  targetNames: texts,
  inputs: numbers,
  inputNames: texts,
  parameters: z.array(z.object({ name: text, value: text })).nullish(),
});
const columns = z.array(z.object({ name: text, type: text }));
const table = z.object({ columns, rows: z.array(z.object({ cells: z.array(text.nullable()) })), errorHandling: number });
const validation = z.object({ dataSource: text.nullish(), table: table.nullish() });

const project = text;
const model = { project, model: text, context };
const exploration = { project, context };

const forms: Readonly<Record<StartKind, z.ZodType>> = {
  BUILD: z.object({ ...model, algorithm: text, svdReduce: flag }),
  REDUCE: z.object({ ...model, algorithm: text, delta: number, iterations: number }),
  KMEANS_OPTIMIZE: z.object({ project, context, minClusters: number, maxClusters: number, maxIterations: number, seed: number }),
  SELECT_MODEL: z.object({ ...model, algorithm: text, validation }),
  AUTO_SELECT: z.object({ ...model, task: text, validation }),
  EXPLORE: z.object({ project, metric: text, contexts: z.array(context), withProjectInfo: flag }),
  EXPLORE_PCA: z.object({ ...exploration, explainedCovariance: number }),
  EXPLORE_SVD: z.object({ ...exploration, selectFeatures: flag }),
  EXPLORE_VIF: z.object(exploration),
  UPDATE: z.object({ project, table, forget: flag }),
  DATA_SOURCE_UPDATE: z.object({ project, dataSource: text, columns, errorHandling: number, forget: flag }),
  DATA_SOURCE_PREDICT: z.object({ project, model: text, input: text, output: text, columns, impute: flag }),
  PROJECTS_INFO: z.object({}),
  AWS_INFO: z.object({ project, accessKey: secret, secretKey: secret, region: text.nullish() }),
};

const startSchema = z.object({
  kind: z.custom<StartKind>((kind) => typeof kind === 'string' && Object.hasOwn(fieldOf, kind)),
  input: z.unknown(),
});

const isStart = (request: unknown): request is StartInput => {
  const start = startSchema.safeParse(request);
  return start.success && forms[start.data.kind].safeParse(start.data.input).success;
};

/** INVALID_INPUT for what asks for no job there is. What is in it is not told: it may hold credentials. */
export const readStart = (request: unknown): StartInput => {
  if (isStart(request)) return request;
  throw new VigilError('INVALID_INPUT', 'This is no job that SymetryML could be asked to start.', { path: ['input'] });
};
