import { randomUUID } from 'node:crypto';
import { pause } from './eventually.js';
import { AnsweredWithErrors, type Instance } from './instance.js';
import type { Instances } from './instances.js';
import { type Truth, truthOf } from './truth.js';

/** Something that was begun, and where the truth about it is found. */
export interface Work {
  /** Global id of its task. */
  readonly taskId: string;
  readonly what: string;
  /** How it really ended; undefined while it has not. */
  end(truth: Truth): string | undefined;
  /** Times the vendor was made to do it. */
  done(truth: Truth): number;
}

/** Long verbs, sent as a front end would: with a key, and again elsewhere when no answer came. */
export interface Load {
  readonly works: readonly Work[];
  /** Jobs that are reset, closed, and detectors whose past is analysed: so many of each; returns when all have begun. */
  begin(count: number, lasting: Lasting): Promise<readonly Work[]>;
  /** With an instance: sent to that one first. */
  reset(ms: number, at?: Instance): Promise<Work>;
  close(ms: number, at?: Instance): Promise<Work>;
  analyse(minutes: number, at?: Instance): Promise<Work>;
  /** A reset that no gateway was told of. */
  foreignReset(ms: number): Promise<Foreign>;
  /** Counts something that was begun otherwise. */
  keep(work: Work): Work;
  /** Verbs that had to be sent again. */
  repeats(): number;
}

/** Begun past the gateways: they find it if they look while it runs. */
export interface Foreign {
  readonly nativeId: string;
}

export interface Lasting {
  readonly resetMs: number;
  readonly closeMs: number;
  /** Minutes of data: up to a thousand take a moment, each thousand more five seconds. */
  readonly minutes: number;
}

interface Payload {
  readonly task: { readonly id: string; readonly nativeId: string | null } | null;
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

const minuteMs = 60_000;
/** A front end tries as often before it gives up. */
const mostTries = 40;
/** A cluster begins one analysis at a time; a gateway that slept does not send what it was about to. */
const notBegun: ReadonlySet<string> = new Set(['REFUSED', 'BACKEND_UNAVAILABLE']);
/** A front end takes what has not answered by then for gone. */
const impatienceMs = 4_000;

export const createLoad = (instances: Instances): Load => {
  const { vendors } = instances;
  const works: Work[] = [];
  /** Vendors remember what other loads have made. */
  const round = randomUUID().slice(0, 6);
  let number = 0;
  let turn = 0;
  let again = 0;

  const next = (): Instance => {
    const open = instances.serving();
    const instance = open[turn++ % open.length];
    if (!instance) throw new TypeError('no instance runs');
    return instance;
  };
  const send = async (
    at: Instance | undefined,
    verb: string,
    input: Readonly<Record<string, unknown>>,
  ): Promise<Payload['task'] & object> => {
    const type = `${verb.charAt(0).toUpperCase()}${verb.slice(1)}Input`;
    const document = `mutation V($input: ${type}!) { ${verb}(input: $input) { task { id nativeId } errors { code message } } }`;
    let idempotencyKey = randomUUID();
    for (let tries = 1; ; tries += 1) {
      const instance = tries === 1 && at ? at : next();
      try {
        const variables = { input: { ...input, idempotencyKey } };
        const answer = await instance.ask<Readonly<Record<string, Payload>>>(document, variables, impatienceMs);
        const { task, errors } = answer[verb] ?? { task: null, errors: [] };
        if (task && errors.length === 0) return task;
        // It has not been begun, and a repeat with this key would be told so again.
        if (!errors.some(({ code }) => notBegun.has(code)) || tries > mostTries)
          throw new AnsweredWithErrors(`${instance.name}, ${verb}: ${JSON.stringify({ task, errors, input })}`);
        idempotencyKey = randomUUID();
      } catch (error) {
        // What was answered is answered; only what was not is asked again.
        if (error instanceof AnsweredWithErrors || tries > mostTries) throw error;
        again += 1;
      }
      await pause(100);
    }
  };
  const keep: Load['keep'] = (work) => {
    works.push(work);
    return work;
  };
  const received = (path: string): number =>
    vendors.received.filter((request) => request.method === 'POST' && request.path.startsWith(path)).length;

  const load: Load = {
    works,
    keep,
    begin: async (count, { resetMs, closeMs, minutes }) => {
      const begun: Work[] = [];
      for (let index = 0; index < count; index += 1) {
        begun.push(await load.reset(resetMs), await load.close(closeMs), await load.analyse(minutes));
        // The next ones go elsewhere.
        turn += 1;
      }
      return begun;
    },
    reset: async (resetMs, at) => {
      const job = `reset-${round}-${++number}`;
      await vendors.job(job, { resetMs });
      const { id, nativeId } = await send(at, 'resetJob', { jobId: `job:es:${job}` });
      return keep({
        taskId: id,
        what: job,
        end: (truth) => truth.ofReset(nativeId ?? ''),
        done: (truth) => truth.resetsOf(job),
      });
    },
    close: async (closeMs, at) => {
      const job = `close-${round}-${++number}`;
      await vendors.job(job, { state: 'opened', closeMs });
      const { id } = await send(at, 'closeJob', { jobId: `job:es:${job}` });
      return keep({
        taskId: id,
        what: job,
        end: (truth) => (truth.isClosed(job) ? 'SUCCEEDED' : undefined),
        done: () => received(`/_ml/anomaly_detectors/${job}/_close`),
      });
    },
    analyse: async (minutes, at) => {
      const end = Math.floor(Date.now() / minuteMs) * minuteMs;
      const start = end - minutes * minuteMs;
      const name = `past-${round}-${++number}`;
      const { detectors } = await vendors.ask<{ readonly detectors: readonly string[] }>('os', 'POST', '/_simulator/seed', {
        index: name,
        prefix: name,
        from: start,
        to: end,
        entities: ['host-0'],
      });
      const detector = detectors[0] ?? '';
      const { id, nativeId } = await send(at, 'startDetector', {
        detectorId: `detector:os:${detector}`,
        run: 'HISTORICAL',
        dateRange: { start: new Date(start).toISOString(), end: new Date(end).toISOString() },
      });
      return keep({
        taskId: id,
        what: name,
        end: (truth) => truth.ofAnalysis(nativeId ?? ''),
        done: (truth) => truth.analysesOf(detector),
      });
    },
    foreignReset: async (resetMs) => {
      const job = `foreign-${round}-${++number}`;
      await vendors.job(job, { resetMs });
      const { task } = await vendors.ask<{ readonly task: string }>(
        'es',
        'POST',
        `/_ml/anomaly_detectors/${job}/_reset?wait_for_completion=false`,
      );
      return { nativeId: task };
    },
    repeats: () => again,
  };
  return load;
};

/** Until the vendors have done all of it. */
export const untilDone = async (instances: Instances, works: readonly Work[]): Promise<Truth> => {
  for (;;) {
    const truth = await truthOf(instances.vendors);
    if (works.every((work) => work.end(truth) !== undefined)) return truth;
    await pause(100);
  }
};
