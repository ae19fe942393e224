import { contextOf, idOf, invalid, type MlContext, projectPost, type StartRequest } from './request.js';

/* Jobs that describe data: the page exploration of the REST API. Their bodies are an ExploreContext; of PCA, SVD and VIF the samples hold one context. */

/** Metrics of attributes. */
export interface ExploreInput {
  readonly project: string;
  /** `uni`, `bi`, `chi2`, `anova` and others. */
  readonly metric: string;
  /** One for each feature. */
  readonly contexts: readonly MlContext[];
  /** Whether the result tells the project's state too. Default true. */
  readonly withProjectInfo?: boolean | null;
}

export const exploreRequest = ({ project, metric, contexts, withProjectInfo }: ExploreInput): StartRequest =>
  projectPost(
    project,
    'explore',
    'explore',
    { values: contexts.map((context, index) => contextOf(context, ['contexts', String(index)])) },
    { metric: idOf(metric, 'metric'), async: true, returnProjectInfo: withProjectInfo ?? undefined },
  );

interface OneContext {
  readonly project: string;
  readonly context: MlContext;
}

const exploration = ({ project, context }: OneContext, verb: string, query?: StartRequest['query']): StartRequest =>
  projectPost(project, verb, verb, { values: [contextOf(context)] }, query);

/** Principal components. */
export interface PcaInput extends OneContext {
  /** 0..1: how much of the covariance the vectors returned have to explain. Default 1; never more than 100 vectors. */
  readonly explainedCovariance?: number | null;
}

export const pcaRequest = (input: PcaInput): StartRequest => {
  const share = input.explainedCovariance ?? undefined;
  if (share !== undefined && !(share >= 0 && share <= 1)) throw invalid(['explainedCovariance'], '`explainedCovariance` has to be 0 to 1.');
  return exploration(input, 'explorepca', { explainedCovariance: share });
};

/** Singular values. */
export interface SvdInput extends OneContext {
  /** Picks the attributes that are not singular instead. */
  readonly selectFeatures?: boolean | null;
}

export const svdRequest = (input: SvdInput): StartRequest =>
  exploration(input, input.selectFeatures === true ? 'exploresvdfs' : 'exploresvd');

/** Variance inflation factors. */
export type VifInput = OneContext;

export const vifRequest = (input: VifInput): StartRequest => exploration(input, 'vif');
