/** Where somebody new comes into a stream that others follow already. */
export interface Entrance<Event> {
  /** Told to the newcomer alone, in order: they bring it to where everybody is after `position` events of the stream. */
  readonly events: readonly Event[];
  /** Events of the stream that are told by the above: it goes on with the one after them. */
  readonly position: number;
}

/**
 * A stream that many follow through its one reader. Its events are numbered from 1, in the order `next` gives them; all that a follower has been told is
 * the events of its entrance and those of the stream after its position, each once, or joined.
 */
export interface FollowedStream<Event> extends AsyncIterableIterator<Event> {
  /**
   * Lets a newcomer in. Resolves once the stream has begun, so the reader must have asked for its first event; never rejects for what `next` rejects for.
   * `after`: the cursor the newcomer resumes after; without a fit one its events begin anew.
   */
  enter(after?: string): Promise<Entrance<Event>>;
  /** One event that tells what two in a row tell; nothing that has ended is lost. The earlier one may be joined already. Pure. */
  join(earlier: Event, later: Event): Event;
  /** Objects an event tells of: what is kept for slow followers is bounded by it. */
  weigh(event: Event): number;
}

/** Whether a source of events may be followed by many. */
export const isFollowed = (source: object): source is FollowedStream<object> => 'enter' in source && 'join' in source && 'weigh' in source;
