import { LRUCache } from 'lru-cache';
import { type Instant, isFinal, type Task } from '../../domain/index.js';

/** Tells from the progress seen so far when tasks will have ended. */
export interface Estimates {
  /**
   * The task with `estimatedEndAt`, where that can be told; null while it cannot. `readAt`: when the reading began that the task comes from; absent:
   * it is no reading, and only what is known already is filled in. An estimate of the vendor's own is kept, but steadied.
   */
  fill(task: Task, readAt: Instant | undefined): Task;
  /** Another instance has read it then: what is told of it here goes on from what was told there. */
  adopt(task: Task, readAt: Instant): void;
}

/** Progress that was first seen at a moment. */
interface Move {
  readonly at: Instant;
  readonly progress: number;
}

interface Course {
  /** What was seen first: since when nobody knows, so that only what comes after it is a move. */
  progress: number | null;
  seenAt: Instant;
  moves: readonly Move[];
  shown: Instant | null;
}

/** Moves looked back upon: many enough to even out unequal steps, few enough to follow a change of pace. */
const movesKept = 12;
/** An estimate is told anew only when it has moved by more than this, and by more than this share of what is left. */
const steadyMs = 2_000;
const steadyShare = 0.05;
/** Of the time since the last move: how much more is given to what is overdue. */
const overdueShare = 0.25;

/**
 * When the work ends that has made these moves and stands where the last of them brought it. The pace is that between the moves. One that is overdue
 * counts as if it came now, so that a stall moves the end away.
 */
const estimateEnd = (moves: readonly Move[], now: Instant): Instant | null => {
  const [first] = moves;
  const last = moves.at(-1);
  if (!first || !last || moves.length < 2 || last.at <= first.at) return null;
  const stepMs = (last.at - first.at) / (moves.length - 1);
  const until = Math.max(last.at, now - stepMs);
  const msPerUnit = (until - first.at) / (last.progress - first.progress);
  // What is left takes one more step at least: progress is told in steps, the last of them with the end.
  const end = until + Math.max((1 - last.progress) * msPerUnit, stepMs);
  // What should be over by now may take a while yet, the longer the longer it stands still.
  return Math.round(end > now ? end : now + (now - last.at) * overdueShare);
};

/** What to show instead of what is shown: the same, unless the estimate has really moved or is over. */
const steadied = (shown: Instant | null, next: Instant | null, now: Instant): Instant | null => {
  if (shown === null || next === null || shown <= now) return next;
  return Math.abs(next - shown) > Math.max(steadyMs, steadyShare * (next - now)) ? next : shown;
};

const learn = (course: Course, progress: number, at: Instant): void => {
  const before = course.progress ?? progress;
  if (progress < before) course.moves = [];
  else if (progress > before) course.moves = [...course.moves, { at, progress }].slice(-movesKept);
  course.progress = progress;
};

export const createEstimates = (maxTasks = 10_000): Estimates => {
  const courses = new LRUCache<string, Course>({ max: maxTasks });

  const courseOf = (id: string, at: Instant): Course => {
    const known = courses.get(id);
    if (known) return known;
    const begun: Course = { progress: null, seenAt: at, moves: [], shown: null };
    courses.set(id, begun);
    return begun;
  };

  return {
    fill: (task, readAt) => {
      const { id, progress, estimatedEndAt: vendors = null } = task;
      const hasEstimate = vendors !== null || (progress !== null && task.continuous !== true);
      if (isFinal(task.state) || !hasEstimate) {
        // What was told of it before holds no longer.
        return courses.delete(id) || vendors !== null ? { ...task, estimatedEndAt: null } : task;
      }
      if (readAt === undefined) return { ...task, estimatedEndAt: courses.get(id)?.shown ?? vendors };
      const course = courseOf(id, readAt);
      // A reading that was overtaken by another says nothing about the pace.
      if (readAt < course.seenAt) return { ...task, estimatedEndAt: course.shown };
      course.seenAt = readAt;
      if (vendors === null && progress !== null) learn(course, progress, readAt);
      course.shown = steadied(course.shown, vendors ?? estimateEnd(course.moves, readAt), readAt);
      return { ...task, estimatedEndAt: course.shown };
    },
    adopt: ({ id, state, progress, estimatedEndAt = null, continuous }, readAt) => {
      if (isFinal(state)) courses.delete(id);
      else if (progress !== null && continuous !== true) {
        const course = courseOf(id, readAt);
        if (readAt < course.seenAt) return;
        course.seenAt = readAt;
        learn(course, progress, readAt);
        course.shown = estimatedEndAt;
      }
    },
  };
};
