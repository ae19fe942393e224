import {
  type CallOptions,
  type Detector,
  type DetectorRun,
  type FieldSet,
  type Job,
  type PartFailure,
  type Settled,
  settle,
  type Task,
  wantsAny,
  wantsType,
} from '../../domain/index.js';
import { searchDetectors } from './client.js';
import type { AdapterContext } from './context.js';
import { isHighCardinality, mapDetector } from './detector-mapper.js';
import { allowedActionsOf, allowedJobActionsOf } from './gating.js';
import { readJobExtras } from './job-extras.js';
import { mapJob } from './job-mapper.js';
import { type Found, searchAll } from './search.js';
import { allOf, type Clause, findTasks } from './task-search.js';
import { detectorLevelTypes, entityType, runOf } from './task-words.js';
import { lacking, mapFound } from './tasks.js';
import { detectorSchema, type WireDetector } from './wire.js';

/** Which detectors: those the clause finds; by id the tasks are looked for by id too. */
export interface Selection {
  readonly query: Clause;
  readonly ids?: readonly string[];
}

/** A detector, whole, and its job, each without the other. */
export interface DetectorAndJob {
  readonly detector: Detector;
  readonly job: Job;
}

/** What a reading of detectors came to. */
export interface DetectorsRead {
  readonly items: readonly DetectorAndJob[];
  /** Why there may be more detectors than these; undefined: there are none. */
  readonly incomplete: Found<WireDetector>['incomplete'];
  readonly missing: readonly PartFailure[];
}

const pageSize = 1_000;
const mostPages = 20;

export const findDetectors = (context: AdapterContext, query: Clause, call: CallOptions): Promise<Found<WireDetector>> =>
  searchAll({
    origin: context.origin,
    schema: detectorSchema,
    send: (body) => searchDetectors(context, body, call),
    body: { _source: { excludes: ['ui_metadata', 'user'] }, query },
    // From the oldest: one that is changed meanwhile comes again at the end, and is not missed.
    by: { field: 'last_update_time', order: 'asc' },
    what: 'detectors',
    pageSize,
    mostPages,
  });

type Latest = ReadonlyMap<string, Task>;

const keyOf = (detectorId: string, run: DetectorRun): string => `${run} ${detectorId}`;

/** Both runs of all detectors in one search. Several may call themselves the latest (AD dashboards, adHelpers): the one that began last is. */
const findLatest = async (
  context: AdapterContext,
  ids: readonly string[] | undefined,
  fields: FieldSet,
  call: CallOptions,
): Promise<{ readonly latest: Latest; readonly missing: readonly PartFailure[]; readonly complete: boolean }> => {
  const theirs = ids === undefined ? [] : [{ terms: { detector_id: ids } }];
  const search = {
    wanted: allOf({ term: { is_latest: true } }, { terms: { task_type: detectorLevelTypes } }, ...theirs),
    children: allOf({ term: { task_type: entityType } }, ...theirs),
  };
  const found = await findTasks(context, search, fields, call);
  const newest = new Map<string, (typeof found.hits)[number]>();
  for (const hit of found.hits) {
    const run = runOf(hit.wire.task_type);
    if (run === undefined) continue;
    const key = keyOf(hit.wire.detector_id, run);
    const other = newest.get(key);
    if (!other || (hit.wire.execution_start_time ?? 0) > (other.wire.execution_start_time ?? 0)) newest.set(key, hit);
  }
  const tasks = await mapFound(context, { ...found, hits: [...newest.values()] }, fields, call);
  const byId = new Map(tasks.map((task) => [task.nativeId, task]));
  return {
    latest: new Map(
      [...newest].flatMap(([key, { id }]) => {
        const task = byId.get(id);
        return task ? [[key, task] as const] : [];
      }),
    ),
    missing: lacking(found),
    complete: found.incomplete === undefined,
  };
};

/** Whether anything is wanted that only tasks tell. */
const wantsTasks = (fields: FieldSet): boolean =>
  wantsAny(fields, 'Detector.job', 'Detector.realtimeTask', 'Detector.historicalTask', 'Detector.allowedActions') ||
  wantsType(fields, 'Job') ||
  wantsType(fields, 'Task');

/** Latest task of a run; null when it was never started; undefined when that could not be found out. */
type TaskOf = (detectorId: string, run: DetectorRun) => Task | null | undefined;

const taskOfLatest = (read: Settled<Awaited<ReturnType<typeof findLatest>>> | undefined): TaskOf => {
  if (!read?.ok) return () => undefined;
  const { latest, complete } = read.value;
  return (detectorId, run) => latest.get(keyOf(detectorId, run)) ?? (complete ? null : undefined);
};

/** A job stands and falls with its task, and the node it runs on is told by that. */
const tasksMissing = (read: Settled<{ readonly missing: readonly PartFailure[] }> | undefined): readonly PartFailure[] => {
  if (read === undefined || read.ok) return read?.value.missing ?? [];
  return [
    { part: 'TASKS', error: read.error },
    { part: 'STATE', error: read.error },
    { part: 'STATISTICS', error: read.error },
  ];
};

/**
 * Two searches, however many detectors there are and whatever is selected: configurations, and the latest tasks of both runs. The same for lists of detectors and
 * of jobs, so that both of one tick cost the cluster no more than one.
 */
export const readDetectorsAndJobs = async (
  context: AdapterContext,
  { query, ids }: Selection,
  fields: FieldSet,
  call: CallOptions,
): Promise<DetectorsRead> => {
  const [found, tasks] = await Promise.all([
    findDetectors(context, query, call),
    wantsTasks(fields) ? settle(findLatest(context, ids, fields, call), call) : undefined,
  ]);
  const taskOf = taskOfLatest(tasks);
  const extras = await readJobExtras(
    context,
    found.hits.map(({ id }) => ({ id, realtime: taskOf(id, 'REALTIME') })),
    fields,
    call,
  );
  const { capabilities } = call.profile;
  const items = found.hits.map((hit): DetectorAndJob => {
    const detector = mapDetector(context.origin.backend, hit);
    const realtimeTask = taskOf(hit.id, 'REALTIME');
    const historicalTask = taskOf(hit.id, 'HISTORICAL');
    const job = mapJob({
      detector,
      type: hit.wire.detector_type ?? (isHighCardinality(hit.wire) ? 'MULTI_ENTITY' : 'SINGLE_ENTITY'),
      realtime: realtimeTask,
      nodes: extras.nodes,
      details: extras.detailsOf(hit.id),
    });
    const runs = {
      ...(realtimeTask === undefined ? {} : { realtimeTask }),
      ...(historicalTask === undefined ? {} : { historicalTask }),
    };
    return {
      detector: {
        ...detector,
        ...runs,
        ...(tasks?.ok ? { allowedActions: allowedActionsOf({ ...detector, ...runs, job }, capabilities) } : {}),
      },
      job: job.state === undefined ? job : { ...job, allowedActions: allowedJobActionsOf(job.state, detector, capabilities) },
    };
  });
  return { items, incomplete: found.incomplete, missing: [...tasksMissing(tasks), ...extras.missing] };
};
