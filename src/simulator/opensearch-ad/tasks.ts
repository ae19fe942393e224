import type { JsonObject } from '../json.js';
import type { Detector } from './detector.js';
import { stateMappings } from './index-mappings.js';
import { newDocumentId, type StoredDoc } from './indices.js';
import type { World } from './world.js';

/** The two kinds of analysis, of each of which a detector has one latest task. */
export type AnalysisKind = 'realTime' | 'historical';

const typesOf: Readonly<Record<AnalysisKind, readonly string[]>> = {
  realTime: ['REALTIME_SINGLE_ENTITY', 'REALTIME_HC_DETECTOR'],
  historical: ['HISTORICAL_SINGLE_ENTITY', 'HISTORICAL_HC_DETECTOR', 'HISTORICAL'],
};

const notEnded: readonly string[] = ['CREATED', 'INIT', 'RUNNING'];

/** Whether a task's document says that it goes on. */
export const isUnended = ({ source }: StoredDoc): boolean => notEnded.includes(String(source.state));

/** Tasks of a detector that stand for a whole analysis of a kind. */
const tasksOf = (world: World, detectorId: string, kind: AnalysisKind): readonly StoredDoc[] =>
  world.indices
    .all(world.dialect.names.state)
    .filter(({ source }) => source.detector_id === detectorId && typesOf[kind].includes(String(source.task_type)));

/** The task marked as latest; of several, the one started last. */
export const latestTask = (world: World, detectorId: string, kind: AnalysisKind): StoredDoc | undefined =>
  tasksOf(world, detectorId, kind)
    .filter(({ source }) => source.is_latest === true)
    .sort((left, right) => Number(right.source.execution_start_time) - Number(left.source.execution_start_time))[0];

/** Entity tasks of a high-cardinality run. */
export const childrenOf = (world: World, taskId: string): readonly StoredDoc[] =>
  world.indices.all(world.dialect.names.state).filter(({ source }) => source.parent_task_id === taskId);

/** The state index comes with the first start of anything. */
export function ensureStateIndex({ indices, dialect }: World): void {
  const settings = { number_of_shards: '1', number_of_replicas: '1' };
  if (!indices.exists(dialect.names.state)) indices.create(dialect.names.state, { mappings: stateMappings, settings });
}

/** Writes a new task, latest of its kind. */
export function createTask(world: World, detector: Detector, fields: JsonObject, id = newDocumentId()): StoredDoc {
  ensureStateIndex(world);
  const now = world.schedule.now();
  const { ui_metadata: _, ...copy } = detector.source;
  return world.indices.put(world.dialect.names.state, id, {
    detector_id: detector.id,
    task_progress: 0,
    init_progress: 0,
    execution_start_time: now,
    last_update_time: now,
    is_latest: true,
    detector: copy,
    ...fields,
  });
}

/** Writes fields of a task, and when that was. A task deleted meanwhile stays so. */
export function updateTask(world: World, id: string, fields: JsonObject): void {
  rewriteTask(world, id, { last_update_time: world.schedule.now(), ...fields });
}

/** Writes fields of a task, leaving its `last_update_time` alone. */
export function rewriteTask(world: World, id: string, fields: JsonObject): void {
  const doc = world.indices.get(world.dialect.names.state, id);
  if (doc !== undefined) world.indices.put(world.dialect.names.state, id, { ...doc.source, ...fields });
}

/** How long after a new task those beyond the limit go, in simulated milliseconds. */
const retentionMs = 1500;

/** Takes the mark from the latest task of a kind, as a new one is about to get it, and plans the end of those too old. */
export function supersede(world: World, detectorId: string, kind: AnalysisKind, keep: number): void {
  for (const { id, source } of tasksOf(world, detectorId, kind)) {
    if (source.is_latest !== true) continue;
    rewriteTask(world, id, { is_latest: false });
    // Since 2.15 entity tasks keep theirs (2.19; 2.11 takes it).
    if (!world.dialect.modern) for (const child of childrenOf(world, id)) rewriteTask(world, child.id, { is_latest: false });
  }
  world.schedule.after(retentionMs, () => {
    const old = tasksOf(world, detectorId, kind)
      .filter(({ source }) => source.is_latest !== true)
      .sort((left, right) => Number(right.source.execution_start_time) - Number(left.source.execution_start_time));
    // Their entity tasks and results only go with the hourly maintenance (2.19).
    for (const { id } of old.slice(keep)) world.indices.delete(world.dialect.names.state, id);
  });
}

/** Removes entity tasks and results of tasks that are gone. */
export function removeLeftovers(world: World): void {
  const { state } = world.dialect.names;
  const parents = new Set(world.indices.all(state).flatMap(({ source }) => source.parent_task_id ?? []));
  for (const id of [...parents].map(String)) if (world.indices.get(state, id) === undefined) removeTask(world, id);
}

/** Removes a task with its entity tasks and results. */
export function removeTask(world: World, id: string): void {
  const { state, results } = world.dialect.names;
  for (const child of childrenOf(world, id)) removeTask(world, child.id);
  world.indices.delete(state, id);
  for (const index of world.indices.names().filter((name) => name.startsWith(results))) {
    for (const doc of world.indices.all(index)) if (doc.source.task_id === id) world.indices.delete(index, doc.id);
  }
}

/** Removes every task of a detector, as its deletion does. */
export function removeTasks(world: World, detectorId: string): void {
  const { state } = world.dialect.names;
  for (const doc of world.indices.all(state)) if (doc.source.detector_id === detectorId) world.indices.delete(state, doc.id);
}

/** A float of 32 bits as Java prints it: the shortest digits that mean it. */
export function asFloat(value: number): number {
  const wanted = Math.fround(value);
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(wanted.toPrecision(digits));
    if (Math.fround(short) === wanted) return short;
  }
  return Number(wanted.toPrecision(9));
}
