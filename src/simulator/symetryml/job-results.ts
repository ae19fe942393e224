import type { JsonObject } from '../json.js';
import { jobInfo } from './job-info.js';
import type { JobKindId } from './job-kinds.js';
import type { JobRecord } from './job-record.js';
import { learnFrame, markChanged } from './learning.js';
import { projectInfo, tellsProject } from './project-info.js';
import { newProject, type Project } from './projects.js';
import { encryptedAwsInfo } from './result-aws.js';
import { explore } from './result-explore.js';
import { predictionFrame, predictionSample } from './result-frames.js';
import { optimisedKmeans } from './result-kmeans.js';
import { inflation, principalComponents, singularValues } from './result-matrices.js';
import type { World } from './world.js';

type Make = (world: World, job: JobRecord, project: Project) => JsonObject;

const nothing: Make = () => ({});

const touch = (world: World, project: Project) => markChanged(project, world.timers.now());

const updated: Make = (world, job, project) => {
  const source = job.input.dataSource;
  if (source !== undefined && !project.dataSources.includes(source)) project.dataSources = [...project.dataSources, source];
  touch(world, project);
  return world.settings.dsUpdateEntity === 'none' ? {} : { smlInfo: projectInfo(world, project) };
};

const changed: Make = (world, { kind, input }, project) => {
  learnFrame(project, input.body, kind === 'learn', world.timers.now());
  return {};
};

const modelled: Make = (world, { input }, project) => {
  const id = input.modelId;
  if (id !== undefined) {
    const model = { id, algorithm: input.query.algo ?? 'lda' };
    project.models = [...project.models.filter((one) => one.id !== id), model];
    touch(world, project);
  }
  return {};
};

const autoSelected: Make = (world, job, project) => {
  modelled(world, job, project);
  return world.settings.autoSelectEntity === 'none' ? {} : { jobinfo: jobInfo(world, job) };
};

const explored: Make = (world, { input }, project) => ({
  KSVDMap: explore(project, input.query.metric ?? 'uni', input.body),
  ...(tellsProject(world, input.query) && { smlInfo: projectInfo(world, project) }),
});

/** What each kind hands over (Job Information, Exploration, Modeling and Data Source APIs, 6.1 and 6.3). */
const makers: Readonly<Record<JobKindId, Make>> = {
  autoSelect: autoSelected,
  projectInfo: (world, _job, project) => ({ smlInfo: projectInfo(world, project) }),
  projectInfoList: (world, job) => ({
    smlInfoList: { values: world.projects.of(job.owner).map((project) => projectInfo(world, project)) },
  }),
  dsPredict: (_world, { input }, project) => ({ dataframe: predictionSample(project, input.body) }),
  explore: explored,
  svd: (_world, { input }, project) => ({ KSVSMap: singularValues(project, input.body, input.query.selecting === 'true') }),
  pca: (_world, { input }, project) => principalComponents(project, input.body),
  awsInfo: (world, { owner }) => ({ awsInfoEncrypted: encryptedAwsInfo(world.customers.get(owner)?.secretKey ?? '') }),
  dsUpdate: updated,
  sparkDsUpdate: updated,
  vif: (_world, { input }, project) => ({ KSVSMap: inflation(project, input.body) }),
  kmeans: (_world, { input }) => ({ KSVSMap: optimisedKmeans(input.body) }),
  dsPredictDataFrame: (_world, _job, project) => ({ dataframe: predictionFrame(project) }),
  build: modelled,
  reduce: modelled,
  selectModel: modelled,
  encoderUpdate: nothing,
  learn: changed,
  forget: changed,
};

/** The entities of a job that ends now, and what it leaves behind in its project. */
export function resultOf(world: World, job: JobRecord): JsonObject {
  const { projectId } = job.input;
  const found = projectId === undefined ? world.projects.of(job.owner)[0] : world.projects.find(job.owner, projectId);
  return makers[job.kind](world, job, found ?? newProject(job.owner, projectId ?? 'p1', world.timers.now()));
}
