import type { Connection, FieldSet, GlobalId } from '../../src/domain/index.js';
import { parseId } from '../../src/domain/index.js';
import {
  type AuditEntry,
  createBackend,
  createBackends,
  createProgress,
  type Progress,
  type ProgressOptions,
} from '../../src/progress/index.js';
import { createMemoryStore, type Store } from '../../src/store/index.js';
import { createScriptedVendor, type ScriptedVendor, scriptedConnection } from './scripted-vendor.js';

/** Hub and verbs over scripted vendors. */
export interface ProgressRig {
  readonly progress: Progress;
  readonly vendor: ScriptedVendor;
  readonly store: Store;
  readonly audit: AuditEntry[];
  readonly faults: string[];
  id(nativeId: string): GlobalId;
  detector(nativeId: string): GlobalId;
  dispose(): Promise<void>;
}

export const noFields: FieldSet = new Set();

/** `store`: given to a second rig, it stands for a restart. */
export const createProgressRig = async (
  options: {
    readonly vendor?: ScriptedVendor;
    readonly store?: Store;
    readonly connection?: Partial<Connection>;
    readonly now?: () => number;
    readonly bounds?: Pick<ProgressOptions, 'journal' | 'maxObjects'>;
  } = {},
): Promise<ProgressRig> => {
  const vendor = options.vendor ?? createScriptedVendor();
  const store = options.store ?? createMemoryStore();
  const audit: AuditEntry[] = [];
  const faults: string[] = [];
  const backend = createBackend({
    connection: scriptedConnection('one', options.connection),
    module: vendor.module,
    changed: (changed) => progress?.hub.backendChanged(changed),
    ...(options.now ? { now: options.now } : {}),
  });
  const backends = createBackends([backend]);
  let progress: Progress | undefined;
  progress = createProgress({
    backends,
    store,
    audit: (entry) => audit.push(entry),
    fault: (message) => void faults.push(message),
    ...options.bounds,
    ...(options.now ? { now: options.now } : {}),
  });
  await backend.learn();
  await progress.start();
  const made = progress;
  return {
    progress: made,
    vendor,
    store,
    audit,
    faults,
    id: (nativeId) => parseId(`job:one:${nativeId}`),
    detector: (nativeId) => parseId(`detector:one:${nativeId}`),
    dispose: async () => {
      await made.dispose();
      await backend.dispose();
    },
  };
};

/** Asks until the answer is true; fails after five seconds with the last answer. */
export const eventually = async <T>(ask: () => T | Promise<T>, isTrue: (answer: T) => boolean): Promise<T> => {
  const until = Date.now() + 5_000;
  for (;;) {
    const answer = await ask();
    if (isTrue(answer)) return answer;
    if (Date.now() > until) throw new Error(`still not so: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
