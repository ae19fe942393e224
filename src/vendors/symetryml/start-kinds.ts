import type { Secret } from '../../domain/index.js';
import { VigilError } from '../../errors.js';
import {
  type DataSourcePredictInput,
  type DataSourceUpdateInput,
  dataSourcePredictRequest,
  dataSourceUpdateRequest,
  projectsInfoRequest,
  type UpdateInput,
  updateRequest,
} from './start-data.js';
import { type AwsInfoInput, awsInfoRequest } from './start-encrypted.js';
import {
  type ExploreInput,
  exploreRequest,
  type PcaInput,
  pcaRequest,
  type SvdInput,
  svdRequest,
  type VifInput,
  vifRequest,
} from './start-exploration.js';
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
} from './start-models.js';
import type { StartRequest } from './start-request.js';
import { isOlderThan } from './version.js';

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
  return requestOf(start, key);
};
