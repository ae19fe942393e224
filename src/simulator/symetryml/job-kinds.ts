/** A kind of job. */
export interface JobKind {
  /** What the Job Information page calls it where it names it; no document has a literal `jobType`. */
  readonly name: string;
  /** What the GUI writes; of its labels only "Project Update" was seen. */
  readonly label: string;
  /** At speed 1, nothing else running. */
  readonly durationMs: number;
  /** What `maximum` counts: bytes of a file, iterations of a reducer, steps otherwise. */
  readonly maximum: number;
  /** Waits for a place in the limited pool of threads. */
  readonly bounded: boolean;
}

const kind = (name: string, label: string, durationMs: number, maximum: number, bounded = true): JobKind => ({
  name,
  label,
  durationMs,
  maximum,
  bounded,
});

const fileBytes = 4_712_448;

/** All kinds: the thirteen whose result the documents name, and the others that end without entity. */
const kinds = {
  autoSelect: kind('AutoSelectJob', 'Auto Select', 9000, 120),
  projectInfo: kind('ProjectInfoJob', 'Project Info', 1200, 1, false),
  projectInfoList: kind('ProjectInfoListJob', 'Projects Info', 1500, 4, false),
  dsPredict: kind('DSPredictJob', 'Prediction', 8000, fileBytes),
  explore: kind('ExploreJob', 'Exploration', 2500, 15),
  svd: kind('SVDJob', 'SVD', 3000, 15),
  pca: kind('PCAJob', 'PCA', 3000, 15),
  awsInfo: kind('AwsInfoJob', 'AWS Info', 1500, 3, false),
  dsUpdate: kind('DSUpdateJob', 'Project Update', 8000, fileBytes),
  sparkDsUpdate: kind('SparkDSUpdateJob', 'Project Update', 10_000, fileBytes),
  vif: kind('ExploreVIFJob', 'VIF', 3000, 15),
  kmeans: kind('KmeansOptimizeJob', 'Optimized Kmeans', 8000, 9),
  dsPredictDataFrame: kind('DSPredictDataFrameJob', 'Prediction', 6000, 256),
  build: kind('BuildJob', 'Model Build', 3000, 15),
  reduce: kind('ReduceJob', 'Model Reduce', 6000, 5),
  selectModel: kind('SelectModelJob', 'Select Model', 6000, 40),
  encoderUpdate: kind('EncoderUpdateJob', 'Encoder Update', 4000, fileBytes),
  learn: kind('LearnJob', 'Project Update', 3000, 3),
  forget: kind('ForgetJob', 'Project Update', 3000, 3),
} satisfies Readonly<Record<string, JobKind>>;

/** Our word for a kind, as control routes take it. */
export type JobKindId = keyof typeof kinds;

/** Whether there is such a kind. */
export const isJobKind = (id: string): id is JobKindId => Object.hasOwn(kinds, id);

/** The kind of a word. */
export const jobKind = (id: JobKindId): JobKind => kinds[id];
