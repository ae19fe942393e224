import { envelope } from './envelope.js';
import { learnFrame } from './learning.js';
import { projectInfo } from './project-info.js';
import { newProject } from './projects.js';
import { Refusal } from './refusal.js';
import { base, bodyOf, type Call, needed, projectOf, type Route } from './routes.js';
import { startJob } from './starting.js';

const ok = (values = {}) => envelope(200, 'OK', values);
const isAsync = ({ query }: Call) => query.async === 'true';

function create(call: Call) {
  const { world, customer } = call;
  const id = needed(call, 'pid');
  if (world.projects.find(customer.id, id) !== undefined) {
    throw new Refusal(409, `Customer [${customer.id}] already have SYMETRYML with id[${id}], `);
  }
  world.projects.put(newProject(customer.id, id, world.timers.now(), { type: call.query.type ?? 'cpu', attributes: [], rows: 0 }));
  return envelope(201, `Project Created with id:${id}`);
}

function remove({ world, customer, path }: Call) {
  const id = path.pid ?? '';
  if (!world.projects.remove(customer.id, id)) throw new Refusal(400, `Customer[${customer.id}] does not have Project with id[${id}], `);
  return envelope(200, `deleted Project with id[${id}] from Customer[${customer.id}] store`);
}

const change = (kind: 'learn' | 'forget') => (call: Call) => {
  const project = projectOf(call);
  if (isAsync(call)) return startJob(call, { kind });
  learnFrame(project, bodyOf(call), kind === 'learn', call.world.timers.now());
  return ok();
};

function info(call: Call) {
  const project = projectOf(call);
  // There is a job for a single ProjectInfo; that `async` starts it, as it does elsewhere, is not documented.
  if (isAsync(call) && call.world.dialect.exploresLater) return startJob(call, { kind: 'projectInfo' });
  return ok({ smlInfo: projectInfo(call.world, project) });
}

/** SymetryML Projects REST API (6.3). */
export const projectRoutes: readonly Route[] = [
  { method: 'POST', template: `${base}/projects`, answer: create },
  { method: 'DELETE', template: `${base}/projects/{pid}`, answer: remove },
  {
    method: 'GET',
    template: `${base}/projects/list`,
    answer: ({ world, customer }) => ok({ stringList: { values: world.projects.of(customer.id).map(({ id }) => id) } }),
  },
  { method: 'GET', template: `${base}/projects/info`, answer: (call) => startJob(call, { kind: 'projectInfoList' }) },
  { method: 'GET', template: `${base}/projects/{pid}/info`, answer: info },
  { method: 'POST', template: `${base}/projects/{pid}/learn`, answer: change('learn') },
  { method: 'POST', template: `${base}/projects/{pid}/forget`, answer: change('forget') },
];
