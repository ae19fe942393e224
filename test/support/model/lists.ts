import type { ListStep, ProgressHub } from '../../../src/progress/hub.js';
import { noFields } from '../progress-rig.js';
import type { ScriptedVendor } from '../scripted-vendor.js';

/** What the checks look at of an object. */
export interface Row {
  readonly id: string;
  readonly revision: number;
  readonly state?: string | undefined;
}

/** A list that clients watch. */
export interface WatchedKind {
  readonly name: string;
  readonly ofTasks: boolean;
  readonly open: (hub: ProgressHub, after: { readonly after?: string }) => AsyncIterableIterator<ListStep<Row>>;
  /** What it has to be in the end, as far as the vendors alone decide it. */
  readonly truth: (vendors: readonly ScriptedVendor[]) => readonly { readonly id: string; readonly state?: string | undefined }[];
}

const listed = (vendors: readonly ScriptedVendor[]) => vendors.flatMap((vendor) => [...vendor.listed.values()]);
const jobs = (vendors: readonly ScriptedVendor[]) => vendors.flatMap((vendor) => [...vendor.jobs.values()]);

export const lists: readonly WatchedKind[] = [
  {
    name: 'unfinished tasks',
    ofTasks: true,
    open: (hub, after) => hub.watchTasks({ states: ['RUNNING', 'QUEUED', 'UNKNOWN'] }, { fields: noFields, ...after }),
    truth: listed,
  },
  { name: 'all tasks', ofTasks: true, open: (hub, after) => hub.watchTasks({}, { fields: noFields, ...after }), truth: listed },
  { name: 'all jobs', ofTasks: false, open: (hub, after) => hub.watchJobs({}, { fields: noFields, ...after }), truth: jobs },
  {
    name: 'open jobs',
    ofTasks: false,
    open: (hub, after) => hub.watchJobs({ states: ['OPENED'] }, { fields: noFields, ...after }),
    truth: (vendors) => jobs(vendors).filter(({ state }) => state === 'OPENED'),
  },
];

export const shapeOf = (rows: Iterable<{ readonly id: string; readonly state?: string | undefined }>): string =>
  JSON.stringify([...rows].map(({ id, state }) => `${id} ${state}`).sort());
