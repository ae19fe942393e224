import { createHash, createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { onTestFinished } from 'vitest';
import { type RunningSimulator, type SimulatorOptions, simulators } from '../../../../src/simulator/index.js';

/** An answer; its body is undefined where it is no JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: Body | undefined;
}

/** The envelope, and what control routes answer. */
export interface Body {
  readonly statusCode?: string;
  readonly statusString?: string;
  readonly values?: Readonly<Record<string, Values>>;
  readonly jobs?: readonly JobState[];
  readonly id?: number;
}

/** An entity: what tests look into by name; everything else they compare whole. */
export type Values = Readonly<Record<string, unknown>> & {
  readonly jobId?: number;
  readonly current?: number;
  readonly maximum?: number;
  readonly data?: readonly (readonly string[])[];
  readonly attributeNames?: readonly string[];
  readonly values?: readonly Readonly<Record<string, unknown>>[];
};

/** A job in `GET /_simulator/state`. */
export interface JobState {
  readonly id: number;
  readonly incarnation: number;
  readonly kind: string;
  readonly owner: string;
  readonly state: string;
  readonly removed: string | null;
  readonly reads: number;
  readonly lateReads: number;
}

/** Who signs, and when. */
export interface Signer {
  readonly customer: string;
  readonly key: Buffer;
  /** As it stands in the string to sign. */
  readonly secret: string;
}

/** The key of the vendor's samples. */
export const sampleKey = 'VLmAm+WkpnA5zp2wXiSYkw==';

export const c1: Signer = { customer: 'c1', secret: sampleKey, key: Buffer.from(sampleKey, 'base64') };

/** A request exactly as it goes over the wire. */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Now, in the vendor's format, moved by so much. */
export const symDate = (movedMs = 0): string => `${new Date(Date.now() + movedMs).toISOString().slice(0, 19).replace('T', ' ')};1245`;

/** The signature by the rules of the documents, written down without a look at the simulator. */
export function sign(signer: Signer, request: { method: string; target: string; date: string; body: string; resource?: string }): string {
  const { method, target, date, body } = request;
  const [path = '', query] = target.split('?');
  const md5 = body === '' ? '' : createHash('md5').update(body).digest('base64');
  const lines = [method, md5, signer.secret, date, signer.customer];
  if (body !== '') lines.push(body);
  lines.push(request.resource ?? path);
  if (query !== undefined) lines.push(query);
  return createHmac('sha256', signer.key)
    .update(`${lines.join('\n')}\n`)
    .digest('base64');
}

const parse = (text: string): Body | undefined => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Sends a request as it is. */
export const send = (simulator: RunningSimulator, { method, target, headers, body }: RawRequest): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port: simulator.port, method, path: target, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parse(text) });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });

/** A request that is signed before it is sent. */
export interface Asked {
  readonly body?: unknown;
  readonly as?: Signer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A running simulator and how to ask it. */
export interface Server {
  readonly simulator: RunningSimulator;
  /** Asks below `/symetry/rest/{cid}`. */
  ask(method: string, path: string, asked?: Asked): Promise<Answer>;
  control(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Plants a job and says its number. */
  plant(job: object): Promise<number>;
  job(id: number): Promise<JobState | undefined>;
  /** Waits until a job has ended, without reading it. */
  ended(id: number): Promise<JobState>;
}

/** Starts a SymetryML simulator for one test. */
export async function startServer(options: SimulatorOptions = {}): Promise<Server> {
  const vendor = simulators.find(({ id }) => id === 'symetryml');
  if (vendor === undefined) throw new TypeError('no simulator symetryml');
  const simulator = await vendor.start({ speed: 100, empty: true, ...options });
  onTestFinished(() => simulator.dispose());
  const control: Server['control'] = async (method, path, body) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    return send(simulator, { method, target: `${options.basePath ?? ''}/_simulator${path}`, headers: {}, body: text });
  };
  const job = async (id: number) => (await control('GET', '/state')).body?.jobs?.findLast((one) => one.id === id);
  return {
    simulator,
    control,
    job,
    ask(method, path, { body, as = c1, headers = {} } = {}) {
      const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
      const target = `/symetry/rest/${as.customer}${path}`;
      const date = symDate();
      const signed = { authorization: sign(as, { method, target, date, body: text }), 'sym-date': date };
      return send(simulator, { method, target, headers: { ...signed, ...headers }, body: text });
    },
    async plant(planted) {
      const answer = await control('POST', '/jobs', planted);
      if (answer.body?.id === undefined) throw new TypeError(answer.text);
      return answer.body.id;
    },
    async ended(id) {
      for (;;) {
        const found = await job(id);
        if (found !== undefined && found.state !== 'queued' && found.state !== 'running') return found;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}

/** A server with the project of the samples, `irisTest`, and a model in it. */
export async function startWithIris(options: SimulatorOptions = {}): Promise<Server> {
  const server = await startServer(options);
  await server.control('PUT', '/projects/c1/irisTest', { models: ['testLDA'] });
  return server;
}

/** The number of a job an answer speaks of. */
export const jobIdOf = (answer: Answer): number => Number(/\/jobs\/(\d+)$/.exec(answer.headers.location ?? '')?.[1]);

/** An envelope without entities. */
export const plain = (statusCode: string, statusString: string): Body => ({ statusCode, statusString, values: {} });
