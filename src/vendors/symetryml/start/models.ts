import { contextOf, idOf, invalid, type MlContext, projectPost, type StartRequest, type TableInput, tableOf } from './request.js';

/* Jobs that make models: the pages modeling, select model and auto select of the REST API. */

interface ModelInput {
  readonly project: string;
  /** Id of the model that is made. */
  readonly model: string;
  readonly context: MlContext;
}

/** Builds a model. */
export interface BuildInput extends ModelInput {
  /** The vendor's id of the algorithm: `lda`, `hba`. */
  readonly algorithm: string;
  /** Picks features by singular value decomposition first. */
  readonly svdReduce?: boolean | null;
}

export const buildRequest = ({ project, model, context, algorithm, svdReduce }: BuildInput): StartRequest =>
  projectPost(project, 'build', 'build', contextOf(context), {
    modelid: idOf(model, 'model'),
    algo: idOf(algorithm, 'algorithm'),
    svdreduce: svdReduce ?? undefined,
  });

/** Builds a model of the best attributes. */
export interface ReduceInput extends ModelInput {
  readonly algorithm: string;
  /** Least difference by which one model is better than another. */
  readonly delta?: number | null;
  readonly iterations?: number | null;
}

export const reduceRequest = ({ project, model, context, algorithm, delta, iterations }: ReduceInput): StartRequest =>
  projectPost(project, 'reduce', 'reduce', contextOf(context), {
    modelid: idOf(model, 'model'),
    algo: idOf(algorithm, 'algorithm'),
    // The only one there is (6.3).
    heuristic: 'default',
    delta: delta ?? undefined,
    numIterations: iterations ?? undefined,
  });

/** Tries numbers of clusters. Limits left out are the server's. */
export interface KmeansInput {
  readonly project: string;
  readonly context: MlContext;
  readonly minClusters?: number | null;
  readonly maxClusters?: number | null;
  readonly maxIterations?: number | null;
  readonly seed?: number | null;
}

export const kmeansRequest = ({ project, context, minClusters, maxClusters, maxIterations, seed }: KmeansInput): StartRequest => {
  const own = { kmeans_k_min: minClusters, kmeans_k_max: maxClusters, kmeans_max_iterations: maxIterations, kmeans_rnd_seed: seed };
  const given = Object.entries(own).flatMap(([name, value]) => (typeof value === 'number' ? [{ name, value: String(value) }] : []));
  const parameters = [...(context.parameters ?? []), ...given];
  return projectPost(project, 'kmeansOptimize', 'kmeansOptimize', contextOf({ ...context, parameters }));
};

/** What a model is judged by, one of the two: data the project has not learnt. */
export interface Validation {
  readonly dataSource?: string | null;
  readonly table?: TableInput | null;
}

const judged = (
  project: string,
  verb: string,
  context: MlContext,
  { dataSource, table }: Validation,
  query: StartRequest['query'],
): StartRequest => {
  const path = ['validation'];
  if (typeof dataSource === 'string' && !table)
    return projectPost(project, `${verb}/${idOf(dataSource, 'dataSource', path)}`, `${verb}/{dsid}`, contextOf(context), query);
  if (table && typeof dataSource !== 'string')
    return projectPost(project, verb, verb, { dataframe: tableOf(table, [...path, 'table']), mlcontext: contextOf(context) }, query);
  throw invalid(path, 'A model is judged by a `dataSource` or by a `table`: name one of the two.');
};

/** Finds the best features for an algorithm. */
export interface SelectModelInput extends ModelInput {
  readonly algorithm: string;
  readonly validation: Validation;
}

export const selectModelRequest = ({ project, model, context, algorithm, validation }: SelectModelInput): StartRequest =>
  judged(project, 'selectModel', context, validation, { modelid: idOf(model, 'model'), algo: idOf(algorithm, 'algorithm') });

/** Finds the best model for a task. */
export interface AutoSelectInput extends ModelInput {
  /** `regression`, `multiclass_classifier`, and `binary_classifier` by the samples, `binary_classification` by the tables (6.3). */
  readonly task: string;
  readonly validation: Validation;
}

export const autoSelectRequest = ({ project, model, context, task, validation }: AutoSelectInput): StartRequest =>
  judged(project, 'autoSelect', context, validation, { modelid: idOf(model, 'model'), task: idOf(task, 'task') });
