import { envelope } from './envelope.js';
import { projectInfo, tellsProject } from './project-info.js';
import { explore as explored } from './result-explore.js';
import { base, bodyOf, type Call, needed, projectOf, type Route } from './routes.js';
import { type Starter, startJob } from './starting.js';

function explore(call: Call) {
  const { world, query } = call;
  const project = projectOf(call);
  const metric = needed(call, 'metric');
  if (query.async === 'true' && world.dialect.exploresLater) return startJob(call, { kind: 'explore' });
  return envelope(200, 'OK', {
    ...(tellsProject(world, query) && { smlInfo: projectInfo(world, project) }),
    KSVDMap: explored(project, metric, bodyOf(call)),
  });
}

const starts = (path: string, starter: Starter, since?: Route['since']): Route => ({
  method: 'POST',
  template: `${base}/projects/{pid}/${path}`,
  ...(since && { since }),
  answer(call) {
    projectOf(call);
    return startJob(call, starter);
  },
});

/** Exploration API (6.3). */
export const explorationRoutes: readonly Route[] = [
  { method: 'POST', template: `${base}/projects/{pid}/explore`, answer: explore },
  starts('explorepca', { kind: 'pca', tabled200: true }),
  starts('exploresvd', { kind: 'svd', tabled200: true }),
  starts('exploresvdfs', { kind: 'svd', tabled200: true, query: { selecting: 'true' } }),
  starts('vif', { kind: 'vif' }, ({ exploresLater }) => exploresLater),
];
