import type { Secret } from '../../../domain/index.js';
import { isVigilError, VigilError } from '../../../errors.js';
import { isOlderThan } from '../version.js';
import {
  type DataSourcePredictInput,
  type DataSourceUpdateInput,
  dataSourcePredictRequest,
  dataSourceUpdateRequest,
  projectsInfoRequest,
  type UpdateInput,
  updateRequest,
} from './data.js';
import { type AwsInfoInput, awsInfoRequest } from './encrypted.js';
import {
  type ExploreInput,
  exploreRequest,
  type PcaInput,
  pcaRequest,
  type SvdInput,
  svdRequest,
  type VifInput,
  vifRequest,
} from './exploration.js';
import {
  type AutoSelectInput,
  autoSelectRequest,
  type BuildInput,
  buildRequest,
  type KmeansInput,
  kmeansRequest,
  type ReduceInput,
  reduceRequest,
  type SelectModelInput,
  selectModelRequest,
} from './models.js';
import type { StartRequest } from './request.js';

/** Every job the public API says how to start, with what it needs. */
export interface StartInputs {
  readonly BUILD: BuildInput;
  readonly REDUCE: ReduceInput;
  readonly KMEANS_OPTIMIZE: KmeansInput;
  readonly SELECT_MODEL: SelectModelInput;
  readonly AUTO_SELECT: AutoSelectInput;
  readonly EXPLORE: ExploreInput;
  readonly EXPLORE_PCA: PcaInput;
  readonly EXPLORE_SVD: SvdInput;
  readonly EXPLORE_VIF: VifInput;
  readonly UPDATE: UpdateInput;
  readonly DATA_SOURCE_UPDATE: DataSourceUpdateInput;
  readonly DATA_SOURCE_PREDICT: DataSourcePredictInput;
  readonly PROJECTS_INFO: Readonly<Record<never, never>>;
  readonly AWS_INFO: AwsInfoInput;
}
export type StartKind = keyof StartInputs;

/** A kind with its input. */
export type StartInput = { readonly [K in StartKind]: { readonly kind: K; readonly input: StartInputs[K] } }[StartKind];

/** What each kind is called in the input of the mutation, for the place of what is wrong with it. */
export const fieldOf: Readonly<Record<StartKind, string>> = {
  BUILD: 'build',
  REDUCE: 'reduce',
  KMEANS_OPTIMIZE: 'kmeansOptimize',
  SELECT_MODEL: 'selectModel',
  AUTO_SELECT: 'autoSelect',
  EXPLORE: 'explore',
  EXPLORE_PCA: 'explorePca',
  EXPLORE_SVD: 'exploreSvd',
  EXPLORE_VIF: 'exploreVif',
  UPDATE: 'update',
  DATA_SOURCE_UPDATE: 'dataSourceUpdate',
  DATA_SOURCE_PREDICT: 'dataSourcePredict',
  PROJECTS_INFO: 'projectsInfo',
  AWS_INFO: 'awsInfo',
};

/** Since when, where 5.x lacks it (compared: the references of 5.x and 6.3). Without `async` an exploration blocks and starts no job. */
const since6: ReadonlySet<StartKind> = new Set(['KMEANS_OPTIMIZE', 'SELECT_MODEL', 'AUTO_SELECT', 'EXPLORE', 'EXPLORE_VIF']);

const requestOf = (start: StartInput, key: Secret): StartRequest => {
  switch (start.kind) {
    case 'BUILD':
      return buildRequest(start.input);
    case 'REDUCE':
      return reduceRequest(start.input);
    case 'KMEANS_OPTIMIZE':
      return kmeansRequest(start.input);
    case 'SELECT_MODEL':
      return selectModelRequest(start.input);
    case 'AUTO_SELECT':
      return autoSelectRequest(start.input);
    case 'EXPLORE':
      return exploreRequest(start.input);
    case 'EXPLORE_PCA':
      return pcaRequest(start.input);
    case 'EXPLORE_SVD':
      return svdRequest(start.input);
    case 'EXPLORE_VIF':
      return vifRequest(start.input);
    case 'UPDATE':
      return updateRequest(start.input);
    case 'DATA_SOURCE_UPDATE':
      return dataSourceUpdateRequest(start.input);
    case 'DATA_SOURCE_PREDICT':
      return dataSourcePredictRequest(start.input);
    case 'PROJECTS_INFO':
      return projectsInfoRequest();
    case 'AWS_INFO':
      return awsInfoRequest(start.input, key);
  }
};

/** The request that starts a job. Throws INVALID_INPUT, and UNSUPPORTED where the version is known to lack it. `key`: the customer's, for what is encrypted. */
export const startRequestOf = (start: StartInput, key: Secret, version: string | null): StartRequest => {
  if (since6.has(start.kind) && isOlderThan(version, 6, 0))
    throw new VigilError('UNSUPPORTED', 'This version of SymetryML cannot run this kind of job: it came with 6.0.');
  try {
    return requestOf(start, key);
  } catch (error) {
    if (!isVigilError(error) || error.facts.path === undefined) throw error;
    throw new VigilError(error.code, error.message, { ...error.facts, path: ['input', fieldOf[start.kind], ...error.facts.path] });
  }
};
