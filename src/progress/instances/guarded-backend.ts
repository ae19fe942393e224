import type { Backend, DetectorMembers, VendorAdapter } from '../../domain/index.js';
import { VigilError } from '../../errors.js';

/** What a reading comes to that was begun, or has come back, when another instance may have led: it is thrown away. */
export const leadLost = new VigilError('CONFLICT', 'Another instance may have read this meanwhile.');

type Read = (...args: never[]) => Promise<unknown>;

/** The backend for the loop of who leads it. `term`: as in `Leadership`. */
export const guardBackend = <B extends Backend>(backend: B, term: () => number | undefined): B => {
  const guard = <F extends Read>(read: F): F => {
    const guarded = async (...args: Parameters<F>): Promise<unknown> => {
      const begun = term();
      if (begun === undefined) throw leadLost;
      try {
        return await read(...args);
      } finally {
        // Whatever it was answered with, an error too: who slept knows nothing of it.
        check(begun);
      }
    };
    return guarded as unknown as F;
  };
  const check = (begun: number): void => {
    if (term() !== begun) throw leadLost;
  };
  const { adapter } = backend;
  const { detectors } = adapter;
  const reads: Partial<VendorAdapter> = {
    listJobs: guard(adapter.listJobs),
    readJobs: guard(adapter.readJobs),
    discoverTasks: guard(adapter.discoverTasks),
    readTasks: guard(adapter.readTasks),
    listNodes: guard(adapter.listNodes),
    ...(adapter.listTasks ? { listTasks: guard(adapter.listTasks.bind(adapter)) } : {}),
    ...(detectors ? { detectors: { ...detectors, list: guard<DetectorMembers['list']>(detectors.list) } } : {}),
  };
  return { ...backend, adapter: { ...adapter, ...reads } };
};
