import { setMaxListeners } from 'node:events';
import type { BackendObserver, Instant } from '../domain/index.js';
import type { VigilError } from '../errors.js';
import type { Breaker, FailureReason } from './breaker.js';
import type { Failures } from './failures.js';
import { type Abandoned, guarded, type Refused } from './guard.js';
import type { HttpStream, StreamRequest } from './http-client.js';
import { leave } from './judge.js';
import type { GivenUp } from './shared-call.js';
import type { Cut, Opened, Opening } from './stream-exchange.js';

export interface StreamTools {
  readonly breaker: Breaker;
  readonly failures: Failures;
  readonly observer: BackendObserver;
  readonly now: () => Instant;
  readonly open: (signal: AbortSignal) => Promise<Opening>;
}

/** A stream that its owner can end. */
export interface OpenStream {
  readonly opened: Promise<HttpStream>;
  close(): void;
}

const doubt = { outcomeUnknown: true } as const;

/** Without its body nobody knows whether a 500 is the product's own answer: it is taken for one. */
const failureOf =
  (failures: Failures) =>
  (opening: Opening): FailureReason | undefined => {
    if (opening.kind === 'abandoned') return { message: failures.late({}).message };
    if (opening.kind === 'broken') return { message: failures.broken(opening.cause, {}).message };
    const { status } = opening;
    if (status <= 500 && status !== 429) return undefined;
    return { message: failures.unusable(`answered ${status}.`, {}).message, httpStatus: status };
  };

const errorOfOpening = (failures: Failures, opening: Exclude<Opening, Opened> | Refused | Abandoned, why: GivenUp): VigilError => {
  if (opening.kind === 'refused') return failures.open(opening, { outcomeUnknown: false });
  const more = { outcomeUnknown: opening.sent };
  return opening.kind === 'broken' ? failures.broken(opening.cause, more) : leave(failures, why, more);
};

const errorOfCut = (failures: Failures, cut: Cut, httpStatus: number, why: GivenUp): VigilError => {
  const more = { ...doubt, httpStatus };
  if (cut.kind === 'stalled') return failures.stalled(more);
  return cut.kind === 'broken' ? failures.broken(cut.cause, more) : leave(failures, why, more);
};

/** setTimeout takes no more. */
const longestTimerMs = 2_147_483_647;

/** Sends the request and hands its answer over as soon as the headers are there. `ended`: told once, when nothing more will come. */
export const openStream = (request: StreamRequest, tools: StreamTools, ended: () => void): OpenStream => {
  const { breaker, failures, observer, now, open } = tools;
  const startedAt = performance.now();
  const controller = new AbortController();
  const { signal } = controller;
  const giveUp = (why: GivenUp): void => controller.abort(why);
  const byCaller = (): void => giveUp('caller');
  const timer = setTimeout(() => giveUp('deadline'), Math.min(longestTimerMs, Math.max(0, request.deadlineAt - now())));
  setMaxListeners(0, request.signal);
  request.signal.addEventListener('abort', byCaller);
  const finish = (): void => {
    clearTimeout(timer);
    request.signal.removeEventListener('abort', byCaller);
    ended();
  };
  /** Those who gave up themselves need not be told of. */
  const failed = (error: VigilError): VigilError => {
    if (!signal.aborted || signal.reason === 'deadline') observer.failed(error);
    return error;
  };

  const streamOf = (opening: Opened): HttpStream => {
    const { status } = opening;
    async function* body(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          const piece = await opening.next();
          if ('bytes' in piece) yield piece.bytes;
          else if (piece.end === undefined) break;
          else throw failed(errorOfCut(failures, piece.end, status, signal.reason));
        }
        const { route, method } = request;
        if (!signal.aborted) observer.answered({ status, durationMs: performance.now() - startedAt, route, read: method === 'GET' });
      } finally {
        cancel();
      }
    }
    let over = false;
    const cancel = (): void => {
      if (over) return;
      over = true;
      opening.close();
      finish();
    };
    const headers = Object.fromEntries(Object.entries(opening.headers).map(([name, values]) => [name, values.join(', ')]));
    return { status, headers, body: body(), cancel };
  };

  const opened = async (): Promise<HttpStream> => {
    const opening = await guarded(() => open(signal), signal, breaker, failureOf(failures));
    if (opening.kind !== 'opened') throw failed(errorOfOpening(failures, opening, signal.reason));
    clearTimeout(timer);
    return streamOf(opening);
  };

  return {
    opened: opened().catch((error: unknown) => {
      finish();
      throw error;
    }),
    close: () => giveUp('closed'),
  };
};
