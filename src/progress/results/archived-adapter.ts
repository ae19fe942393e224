import {
  type CallOptions,
  type FieldSet,
  isFinal,
  type Job,
  type PartFailure,
  type Reading,
  type Readings,
  settle,
  type Task,
  type VendorAdapter,
} from '../../domain/index.js';
import type { ArchivedVerbs } from './archived-verbs.js';
import { nameOf, splitName } from './record.js';
import type { Render } from './render.js';
import type { Entry, ShelfOfRecords } from './shelf.js';
import type { Sighting, Sightings } from './sightings.js';

/** What the decorated adapter is made from. */
export interface ArchivedAdapterOptions {
  readonly adapter: VendorAdapter;
  readonly shelf: ShelfOfRecords;
  readonly sightings: Sightings;
  readonly verbs: ArchivedVerbs;
  readonly render: Render;
}

/** The adapter as the rest of the gateway sees it: every job has a name of its own, and those that have ended are still there. */
export const createArchivedAdapter = ({ adapter, shelf, sightings, verbs, render }: ArchivedAdapterOptions): VendorAdapter => {
  const jobOf =
    ({ profile }: CallOptions) =>
    (entry: Entry): Job =>
      render.job(entry, verbs.actionsOf(entry, profile));

  const isOpen = ({ record }: Entry): boolean => record.end === null;

  /** Of a name without incarnation the latest is meant, as it is after the look. */
  const readingOf = <T>(name: string, entry: Entry | undefined, missing: readonly PartFailure[], show: (entry: Entry) => T): Reading<T> => {
    if (entry) return { status: 'found', value: show(entry) };
    const [failure] = splitName(name).incarnation === undefined ? missing : [];
    return failure ? { status: 'undetermined', cause: failure.error } : { status: 'gone' };
  };

  const read = async <T>(
    names: readonly string[],
    fields: FieldSet,
    call: CallOptions,
    show: (entry: Entry) => T,
  ): Promise<Readings<T>> => {
    await shelf.sync();
    const before = new Map<string, Entry | undefined>();
    for (const name of new Set(names)) before.set(name, await shelf.find(name));
    const needsNoLook = (name: string): boolean => {
      const entry = before.get(name);
      return splitName(name).incarnation !== undefined && (entry === undefined || !isOpen(entry));
    };
    const asked = [...before.keys()].filter((name) => !needsNoLook(name));
    const looked = asked.length === 0 ? undefined : await settle(sightings.look(fields, call), call);
    // Nothing else to tell: the failure is that of the whole read.
    if (looked?.ok === false && asked.length === before.size) throw looked.error;
    const readings = new Map<string, Reading<T>>();
    for (const [name, known] of before) {
      const entry = needsNoLook(name) ? known : await shelf.find(name);
      if (looked?.ok === false && !needsNoLook(name)) readings.set(name, { status: 'undetermined', cause: looked.error });
      else readings.set(name, readingOf(name, entry, looked?.ok ? looked.value.missing : [], show));
    }
    return { readings, missing: looked?.ok ? looked.value.missing : [] };
  };

  const listed = async <T>(
    fields: FieldSet,
    call: CallOptions,
    wanted: (entry: Entry) => boolean,
    show: (entry: Entry) => T,
  ): Promise<{ readonly items: readonly T[]; readonly missing: Sighting['missing'] }> => {
    const { missing } = await sightings.look(fields, call);
    return { items: [...shelf.all()].filter(wanted).map(show), missing };
  };

  const startable = adapter.startJob ? verbs.startJob : undefined;
  const { startJob: _startJob, ...rest } = adapter;
  return {
    ...rest,
    qualifiesIds: true,
    learnProfile: async (call) => {
      const profile = await adapter.learnProfile(call);
      return { ...profile, capabilities: withCollecting(profile.capabilities) };
    },
    listJobs: (fields, call) => listed(fields, call, () => true, jobOf(call)),
    readJobs: (names, fields, call) => read(names, fields, call, jobOf(call)),
    discoverTasks: (fields, call, watched = []) => {
      const waitedFor = new Set(watched);
      return listed(fields, call, (entry) => isOpen(entry) || waitedFor.has(nameOf(entry.record)), render.task);
    },
    listTasks: async (query, fields, call) => {
      // Runs have neither parents nor detectors.
      if (query.parents !== undefined || query.detectors !== undefined) return { items: [], missing: [] };
      const jobs = query.jobs && new Set(query.jobs.map((name) => nameOfLatest(shelf, name)));
      const wantsOpen = query.states === undefined || query.states.some((state) => !isFinal(state));
      const { items, missing } = await listed<Task>(
        fields,
        call,
        (entry) => (jobs === undefined || jobs.has(nameOf(entry.record))) && (wantsOpen || !isOpen(entry)),
        render.task,
      );
      return { items: items.filter((task) => query.states?.includes(task.state) ?? true), missing };
    },
    readTasks: (names, fields, call) => read(names, fields, call, render.task),
    // The vendor knows its jobs by number.
    readAnomalies: (name, ...rest) => adapter.readAnomalies(splitName(name).number, ...rest),
    readModelSnapshots: (name, ...rest) => adapter.readModelSnapshots(splitName(name).number, ...rest),
    readJobMessages: async (names, first, call) => {
      const lines = await adapter.readJobMessages([...new Set(names.map((name) => splitName(name).number))], first, call);
      return new Map(names.map((name) => [name, lines.get(splitName(name).number) ?? []]));
    },
    ...(startable ? { startJob: startable } : {}),
    run: verbs.run,
    refusalOf: verbs.refusalOf,
    taskKindOf: verbs.taskKindOf,
    isBlocking: verbs.isBlocking,
    expandJobs: async (expression, call) => {
      const numbers = await adapter.expandJobs(expression, call);
      await sightings.look(new Set(), call);
      return numbers.map((number) => nameOfLatest(shelf, number));
    },
  };
};

/** The gateway's own verb, whatever the vendor has. */
export const withCollecting = <A>(capabilities: readonly A[]): readonly (A | 'COLLECT_JOB_RESULT')[] =>
  capabilities.some((action) => action === 'COLLECT_JOB_RESULT') ? capabilities : [...capabilities, 'COLLECT_JOB_RESULT'];

const nameOfLatest = (shelf: ShelfOfRecords, name: string): string => {
  if (splitName(name).incarnation !== undefined) return name;
  const latest = shelf.latest(name);
  return latest ? nameOf(latest.record) : name;
};
