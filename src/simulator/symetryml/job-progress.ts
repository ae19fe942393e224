import type { JobRecord } from './job-record.js';
import type { World } from './world.js';

/** How far a job is: never at its end before it has ended. */
export function progressOf(world: World, job: JobRecord): number {
  if (job.state === 'finished') return job.maximum;
  if (job.current !== undefined) return job.current;
  if (job.startedAt === undefined || job.durationMs === undefined) return 0;
  const elapsed = ((job.doneAt ?? world.timers.now()) - job.startedAt) * world.timers.speed;
  return Math.max(0, Math.min(job.maximum - 1, Math.floor((job.maximum * elapsed) / job.durationMs)));
}
