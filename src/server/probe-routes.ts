import type { Registry } from 'prom-client';
import type { DoorKeeper } from './door-auth.js';
import type { Route } from './exchange.js';
import type { Readiness } from './options.js';
import { requireEntry } from './require-entry.js';
import { send, sendJson } from './respond.js';

const methods = ['GET', 'HEAD'] as const;

/** The process answers: restart it when this does not. */
export const createLiveRoute = (): Route => ({ methods, handle: ({ response }) => sendJson(response, 200, { live: true }) });

/** The process can serve: send it traffic only while this answers 200. */
export const createReadyRoute = (readiness: () => Readiness, isStopping: () => boolean): Route => ({
  methods,
  handle: ({ response }) => {
    const { ready, report } = readiness();
    const serves = ready && !isStopping();
    sendJson(response, serves ? 200 : 503, { ...report, ready: serves, ...(isStopping() && { stopping: true }) });
  },
});

/** For Prometheus. Behind the same credentials as the API: counts tell who is busy with what. */
export const createMetricsRoute = (registry: Registry, keeper: DoorKeeper): Route => ({
  methods,
  handle: async (exchange) => {
    if (requireEntry(exchange, keeper) === undefined) return;
    send(exchange.response, 200, { 'content-type': registry.contentType }, await registry.metrics());
  },
});
