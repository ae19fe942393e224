import { contextOf, idOf, type MlContext, projectPost, type StartRequest, type TableInput, tableOf } from './start-request.js';

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
  readonly svdReduce?: boolean;
}

export const buildRequest = ({ project, model, context, algorithm, svdReduce }: BuildInput): StartRequest =>
  projectPost(project, 'build', 'build', contextOf(context), {
    modelid: idOf(model, 'model'),
    algo: idOf(algorithm, 'algorithm'),
    svdreduce: svdReduce,
  });

/** Builds a model of the best attributes. */
export interface ReduceInput extends ModelInput {
  readonly algorithm: string;
  /** Least difference by which one model is better than another. */
  readonly delta?: number;
  readonly iterations?: number;
}

export const reduceRequest = ({ project, model, context, algorithm, delta, iterations }: ReduceInput): StartRequest =>
  projectPost(project, 'reduce', 'reduce', contextOf(context), {
    modelid: idOf(model, 'model'),
    algo: idOf(algorithm, 'algorithm'),
    // The only one there is (6.3).
    heuristic: 'default',
    delta,
    numIterations: iterations,
  });

/** Tries numbers of clusters. Limits left out are the server's. */
export interface KmeansInput {
  readonly project: string;
  readonly context: MlContext;
  readonly minClusters?: number;
  readonly maxClusters?: number;
  readonly maxIterations?: number;
  readonly seed?: number;
}

export const kmeansRequest = ({ project, context, minClusters, maxClusters, maxIterations, seed }: KmeansInput): StartRequest => {
  const own = { kmeans_k_min: minClusters, kmeans_k_max: maxClusters, kmeans_max_iterations: maxIterations, kmeans_rnd_seed: seed };
  const given = Object.entries(own).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const]));
  const parameters = { ...context.parameters, ...Object.fromEntries(given) };
  return projectPost(project, 'kmeansOptimize', 'kmeansOptimize', contextOf({ ...context, parameters }));
};

/** What a model is judged by: data the project has not learnt. */
export type Validation = { readonly dataSource: string } | { readonly table: TableInput };

const judged = (project: string, verb: string, context: MlContext, by: Validation, query: StartRequest['query']): StartRequest =>
  'dataSource' in by
    ? projectPost(project, `${verb}/${idOf(by.dataSource, 'dataSource')}`, `${verb}/{dsid}`, contextOf(context), query)
    : projectPost(project, verb, verb, { dataframe: tableOf(by.table), mlcontext: contextOf(context) }, query);

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
