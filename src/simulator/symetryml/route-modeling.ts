import { envelope } from './envelope.js';
import type { JobKindId } from './job-kinds.js';
import { exception } from './refusal.js';
import { base, type Call, needed, projectOf, type Route } from './routes.js';
import { type Starter, startJob } from './starting.js';

const since61: Route['since'] = ({ exploresLater }) => exploresLater;

/** An endpoint that starts a job in a project, with parameters that have to be there. */
const starts = (path: string, starter: Starter, params: readonly string[] = [], since?: Route['since']): Route => ({
  method: 'POST',
  template: `${base}/projects/{pid}/${path}`,
  ...(since && { since }),
  answer(call) {
    projectOf(call);
    for (const name of params) needed(call, name);
    return startJob(call, starter);
  },
});

const selections = (path: string, kind: JobKindId, params: readonly string[]) =>
  [path, `${path}/{dsname}`].map((one) => starts(one, { kind }, params, since61));

function modelOf(call: Call): string {
  const id = call.path.modelid ?? '';
  if (!projectOf(call).models.some((model) => model.id === id)) throw exception(`Error no such model <${id}>`);
  return id;
}

function predict(call: Call) {
  modelOf(call);
  const map = { res: '1', normZ: '0.40997859439073814', resZ: '-2.4426003268943006', z0: '-3.840891864408894', z1LTz0: 'false' };
  return envelope(200, 'OK', { KSVSMap: { values: [map] } });
}

function removeModel(call: Call) {
  const id = modelOf(call);
  const project = projectOf(call);
  project.models = project.models.filter((model) => model.id !== id);
  return envelope(200, 'OK');
}

/** Modeling, Select Model, Auto Select and Prediction APIs (6.3). */
export const modelingRoutes: readonly Route[] = [
  starts('build', { kind: 'build' }, ['modelid', 'algo']),
  starts('reduce', { kind: 'reduce', accepted: 'Reduce Job Created', refused: 'Optimize Job execution was refused by server.' }, [
    'modelid',
    'algo',
    'heuristic',
  ]),
  starts('kmeansOptimize', { kind: 'kmeans' }, [], since61),
  ...selections('selectModel', 'selectModel', ['modelid', 'algo']),
  ...selections('autoSelect', 'autoSelect', ['modelid', 'task']),
  { method: 'POST', template: `${base}/projects/{pid}/predict/{modelid}`, answer: predict },
  { method: 'DELETE', template: `${base}/projects/{pid}/models/{modelid}`, answer: removeModel },
];
