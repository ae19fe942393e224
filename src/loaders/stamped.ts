import type { Detector, Job, Revised, Task } from '../domain/index.js';
import { VigilError } from '../errors.js';

const hasRevision = <T extends object>(value: T): value is Revised<T> => 'revision' in value && typeof value.revision === 'number';

/** What came with another object carries a revision of its own: the ledger stamped both at once. */
export const stamped = <T extends Job | Task | Detector>(value: T): Revised<T> => {
  if (hasRevision(value)) return value;
  throw new VigilError('INTERNAL', 'What came with an object was not stamped with it.');
};

/** What comes with other objects: theirs as a whole, so that nothing of it needs a read of its own. */
export interface CameAlong {
  readonly jobs: readonly Revised<Job>[];
  readonly tasks: readonly Revised<Task>[];
  readonly detectors: readonly Revised<Detector>[];
}

/*
 * The ledger adds to a reading what it knows from earlier ones, which may be old and may lack what is wanted now: only what the reading itself brought
 * has come along. `seen`: the reading before it was stamped.
 */

const byId = <T extends { readonly id: string }>(values: readonly T[]): ReadonlyMap<string, T> =>
  new Map(values.map((each) => [each.id, each]));

const runsOf = (detector: Detector, seen: Detector | undefined): readonly Revised<Task>[] =>
  (['realtimeTask', 'historicalTask'] as const).flatMap((run) => {
    const task = seen?.[run] ? detector[run] : null;
    return task ? [stamped(task)] : [];
  });

export const withDetectors = (detectors: readonly Revised<Detector>[], seen: readonly Detector[]): CameAlong => {
  const came = byId(seen);
  return {
    detectors,
    jobs: detectors.flatMap(({ id, job }) => (job && came.get(id)?.job ? [stamped(job)] : [])),
    tasks: detectors.flatMap((detector) => runsOf(detector, came.get(detector.id))),
  };
};

export const withJobs = (jobs: readonly Revised<Job>[], seen: readonly Job[]): CameAlong => {
  const came = byId(seen);
  const pairs = jobs.flatMap(({ id, detector }) => {
    const brought = came.get(id)?.detector;
    return detector && brought ? [{ detector: stamped(detector), brought }] : [];
  });
  return {
    jobs,
    detectors: pairs.map(({ detector }) => detector),
    tasks: pairs.flatMap(({ detector, brought }) => runsOf(detector, brought)),
  };
};
