import { Secret } from '../../../domain/index.js';
import { VigilError } from '../../../errors.js';
import type { DataSourcePredictInput, DataSourceUpdateInput, UpdateInput } from './data.js';
import type { AwsInfoInput } from './encrypted.js';
import type { ExploreInput, PcaInput, SvdInput, VifInput } from './exploration.js';
import type { StartInput } from './kinds.js';
import type { AutoSelectInput, BuildInput, KmeansInput, ReduceInput, SelectModelInput } from './models.js';

/** The same as it comes from a client, whose credentials are not wrapped yet. */
export interface AskedAwsInfo extends Omit<AwsInfoInput, 'accessKey' | 'secretKey'> {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** What the mutation may be asked to start: one of these. */
export interface AskedStart {
  readonly build?: BuildInput | null;
  readonly reduce?: ReduceInput | null;
  readonly kmeansOptimize?: KmeansInput | null;
  readonly selectModel?: SelectModelInput | null;
  readonly autoSelect?: AutoSelectInput | null;
  readonly explore?: ExploreInput | null;
  readonly explorePca?: PcaInput | null;
  readonly exploreSvd?: SvdInput | null;
  readonly exploreVif?: VifInput | null;
  readonly update?: UpdateInput | null;
  readonly dataSourceUpdate?: DataSourceUpdateInput | null;
  readonly dataSourcePredict?: DataSourcePredictInput | null;
  /** It takes nothing: true asks for it. */
  readonly projectsInfo?: boolean | null;
  readonly awsInfo?: AskedAwsInfo | null;
}

const allOf = (asked: AskedStart): readonly StartInput[] => {
  const { awsInfo } = asked;
  const starts: readonly (StartInput | false | null | undefined)[] = [
    asked.build && { kind: 'BUILD', input: asked.build },
    asked.reduce && { kind: 'REDUCE', input: asked.reduce },
    asked.kmeansOptimize && { kind: 'KMEANS_OPTIMIZE', input: asked.kmeansOptimize },
    asked.selectModel && { kind: 'SELECT_MODEL', input: asked.selectModel },
    asked.autoSelect && { kind: 'AUTO_SELECT', input: asked.autoSelect },
    asked.explore && { kind: 'EXPLORE', input: asked.explore },
    asked.explorePca && { kind: 'EXPLORE_PCA', input: asked.explorePca },
    asked.exploreSvd && { kind: 'EXPLORE_SVD', input: asked.exploreSvd },
    asked.exploreVif && { kind: 'EXPLORE_VIF', input: asked.exploreVif },
    asked.update && { kind: 'UPDATE', input: asked.update },
    asked.dataSourceUpdate && { kind: 'DATA_SOURCE_UPDATE', input: asked.dataSourceUpdate },
    asked.dataSourcePredict && { kind: 'DATA_SOURCE_PREDICT', input: asked.dataSourcePredict },
    asked.projectsInfo && { kind: 'PROJECTS_INFO', input: {} },
    awsInfo && {
      kind: 'AWS_INFO',
      input: { ...awsInfo, accessKey: new Secret(awsInfo.accessKey), secretKey: new Secret(awsInfo.secretKey) },
    },
  ];
  return starts.filter((each) => each !== undefined && each !== null && each !== false);
};

/** The one kind of job that is asked for. Throws INVALID_INPUT when there is none, or more. */
export const startOf = (asked: AskedStart): StartInput => {
  const [start, ...others] = allOf(asked);
  if (start !== undefined && others.length === 0) return start;
  const message = start === undefined ? 'Say which kind of job to start.' : 'One call starts one job: name one kind only.';
  throw new VigilError('INVALID_INPUT', message, { path: ['input'] });
};
