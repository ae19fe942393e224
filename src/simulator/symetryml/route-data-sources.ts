import { parseJson } from '../json.js';
import { decrypt } from './cipher.js';
import { exception } from './refusal.js';
import { base, type Call, needed, projectOf, type Route } from './routes.js';
import { startJob } from './starting.js';

/** An encrypted body; what the key does not open is an exception of the server. */
function opened({ customer, request }: Call) {
  try {
    return parseJson(decrypt(customer.secretKey, request.body)) ?? null;
  } catch (cause) {
    throw exception(cause instanceof Error ? cause.message : String(cause));
  }
}

/** Learning and forgetting: the page's URL says GET, its sample POST. */
const update = (verb: 'learn' | 'forget'): readonly Route[] =>
  ['GET', 'POST'].map((method) => ({
    method,
    template: `${base}/projects/{pid}/dss/{dsname}/${verb}`,
    answer(call) {
      projectOf(call);
      return startJob(call, { kind: 'dsUpdate', tabled200: true });
    },
  }));

function predict(call: Call) {
  const project = projectOf(call);
  const model = call.path.modelid ?? '';
  for (const name of ['indsname', 'outdsname']) needed(call, name);
  if (!project.models.some(({ id }) => id === model)) throw exception(`Error no such model <${model}>`);
  return startJob(call, { kind: 'dsPredict' });
}

const learnEncoder: Route['answer'] = (call) => startJob(call, { kind: 'encoderUpdate', body: opened(call) });

function awsInfo(call: Call) {
  if (call.path.pid !== undefined) projectOf(call);
  return startJob(call, { kind: 'awsInfo', body: opened(call), tabled200: true });
}

/** Data Source and Federated Learning APIs (6.3). Which data sources and encoders there are is not simulated: all. */
export const dataSourceRoutes: readonly Route[] = [
  ...update('learn'),
  ...update('forget'),
  { method: 'POST', template: `${base}/projects/{pid}/dss/predict/{modelid}`, answer: predict },
  { method: 'GET', template: `${base}/encoders/{enc}/learnds`, answer: learnEncoder },
  { method: 'POST', template: `${base}/encoders/{enc}/learnds`, answer: learnEncoder },
  { method: 'POST', template: `${base}/fedml/{pid}/awsinfo`, answer: awsInfo },
  // The sample leaves the project out.
  { method: 'POST', template: `${base}/fedml/awsinfo`, answer: awsInfo },
];
