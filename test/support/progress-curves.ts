import { readdirSync, readFileSync } from 'node:fs';

/** What a real server said of a run, each half second. */
export interface ProgressReading {
  readonly atMs: number;
  readonly progress: number;
}

/** A run that was recorded from its start to its end. */
export interface RecordedRun {
  /** Where: `<version>/<file>`, with its place in the file. */
  readonly name: string;
  readonly readings: readonly ProgressReading[];
  /** When the server first said that it had finished. */
  readonly endMs: number;
}

interface RecordedTask {
  readonly _id: string;
  readonly state: string;
  readonly task_type: string;
  readonly task_progress: number;
}
interface Poll {
  readonly t_ms: number;
  readonly tasks?: readonly RecordedTask[] | string;
  readonly __next?: string;
}

const folder = new URL('../recordings/opensearch-ad/', import.meta.url);

const runsOf = (name: string, polls: readonly Poll[]): readonly RecordedRun[] => {
  const runs = new Map<string, { readonly readings: ProgressReading[]; endMs?: number }>();
  let latest: RecordedTask | undefined;
  for (const { t_ms: atMs, tasks, __next: next } of polls) {
    // "same as before" stands for no change.
    if (next !== undefined) latest = undefined;
    else if (Array.isArray(tasks)) [latest] = tasks;
    if (!latest?.task_type.startsWith('HISTORICAL')) continue;
    const run = runs.get(latest._id) ?? { readings: [] };
    runs.set(latest._id, run);
    if (latest.state === 'FINISHED') run.endMs ??= atMs;
    else run.readings.push({ atMs, progress: latest.task_progress });
  }
  return [...runs.values()].flatMap(({ readings, endMs }, index) =>
    endMs === undefined ? [] : [{ name: `${name} ${index + 1}`, readings, endMs }],
  );
};

/** Every historical run of Anomaly Detection that was recorded to its end: progress as three versions of the real server told it. */
export const recordedRuns = (): readonly RecordedRun[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /^[\d.]+[/\\]1\d-[\w-]+\.json$/.test(file))
    .sort()
    .flatMap((file) => {
      const { polls = [] } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { readonly polls?: readonly Poll[] };
      return runsOf(file.replace('.json', ''), polls);
    });
