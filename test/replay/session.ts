import { type RunningSimulator, simulators } from '../../src/simulator/index.js';
import { isObject, type Json, valueAt } from './json.js';
import type { Recording, Step } from './recordings.js';
import { createVariables, type Variables } from './variables.js';
import { type Answer, createWire } from './wire.js';

/** A simulator in the state that a recording begins with. */
export interface Session {
  readonly simulator: RunningSimulator;
  readonly variables: Variables;
  send(method: string, path: string, headers?: Readonly<Record<string, string>>, body?: Json): Promise<Answer>;
  /** Does what was not recorded. */
  perform(step: Step): Promise<void>;
  dispose(): Promise<void>;
}

/** How long a step may be repeated until it answers as wanted. */
const patienceMs = 8000;

/** Nodes of the recording by the simulator's ids; those the recording does not have leave. */
async function agreeOnNodes(session: Session, nodes: Readonly<Record<string, string>>): Promise<void> {
  const { body } = await session.send('GET', '/_simulator/state');
  const listed = valueAt(body, 'nodes');
  const ids = new Map(
    (Array.isArray(listed) ? listed : []).flatMap((node: Json) => (isObject(node) ? [[String(node.name), String(node.id)] as const] : [])),
  );
  for (const [name] of ids) if (!Object.values(nodes).includes(name)) await session.send('DELETE', `/_simulator/nodes/${name}`);
  for (const [recorded, name] of Object.entries(nodes)) session.variables.learn(recorded, ids.get(name) ?? name);
}

/** The item of the list in an answer that has these members; the whole answer where none are asked for. */
function itemOf(body: Json, members: Step['find']): Json | undefined {
  if (members === undefined) return body;
  const list = isObject(body) ? Object.values(body).find((value) => Array.isArray(value)) : undefined;
  return (Array.isArray(list) ? list : []).find((item: Json) =>
    Object.entries(members).every(([key, value]) => valueAt(item, key) === value),
  );
}

async function perform(session: Session, step: Step): Promise<void> {
  const begun = Date.now();
  const path = session.variables.translate(step.path);
  for (;;) {
    const answer = await session.send(step.method, path, step.headers ?? {}, step.body);
    const wanted = Object.entries(step.until ?? {});
    const met = wanted.every(([place, value]) => JSON.stringify(valueAt(answer.body, place)) === JSON.stringify(value));
    if (met) {
      if (step.until === undefined && answer.status >= 400) throw new Error(`${step.method} ${path}: ${JSON.stringify(answer.body)}`);
      const source = itemOf(answer.body, step.find);
      for (const [recorded, places] of Object.entries(step.learn ?? {})) {
        session.variables.learn(recorded, places.map((place) => String(valueAt(source, place))).join(':'));
      }
      return;
    }
    if (Date.now() - begun > patienceMs)
      throw new Error(`${step.method} ${path} never became ${JSON.stringify(step.until)}: ${JSON.stringify(answer.body)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Starts a simulator for a recording and brings it to the state that the recording begins with. */
export async function openSession({ version, setup }: Recording): Promise<Session> {
  const vendor = simulators.find(({ id }) => id === 'elasticsearch-ml');
  if (vendor === undefined) throw new TypeError('no simulator elasticsearch-ml');
  const users = setup.users === undefined ? {} : { users: setup.users };
  const simulator = await vendor.start({ version, empty: true, speed: setup.speed ?? 20, ...users });
  const wire = createWire(simulator.port);
  const session: Session = {
    simulator,
    variables: createVariables(),
    send: (method, path, headers = {}, body) => wire.send(method, path, headers, body),
    async perform(step) {
      if (step.meanwhile === true) void wire.send(step.method, session.variables.translate(step.path), step.headers ?? {}, step.body);
      else await perform(session, step);
    },
    async dispose() {
      wire.dispose();
      await simulator.dispose();
    },
  };
  await agreeOnNodes(session, setup.nodes ?? {});
  for (const step of setup.before ?? []) await session.perform(step);
  return session;
}
