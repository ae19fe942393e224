import { setTimeout as sleep } from 'node:timers/promises';
import type { CallOptions } from '../../domain/index.js';

/** What the request after the pause is given at least. */
const reserveMs = 250;

/** Waits so long within a call. False, at once or early, when its deadline leaves no time for more, or its caller has given up. */
export const pause = async (ms: number, { signal, deadlineAt }: Pick<CallOptions, 'signal' | 'deadlineAt'>): Promise<boolean> => {
  if (signal.aborted || Date.now() + ms + reserveMs > deadlineAt) return false;
  return sleep(ms, true, { signal }).catch(() => false);
};
