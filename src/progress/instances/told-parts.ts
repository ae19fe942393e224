import type { Backend, FieldSet, Instant } from '../../domain/index.js';
import type { VigilError } from '../../errors.js';
import type { View } from '../journal/view.js';
import { type Interest, includes, type Listed, wantsList } from '../watch/interest.js';
import type { PolledPart } from '../watch/polled-list.js';
import type { PolledParts } from '../watch/tick-reads.js';
import { stopwatch } from './rights.js';
import { readFailure, readMissing, type ToldList, type ToldRead } from './told-reads.js';

/** What another instance reads of a backend, as it can be told here: the fields are its, the objects are those of the journal. */
export interface ToldParts {
  readonly parts: PolledParts;
  /** The leader has looked. */
  take(read: ToldRead, from: string): void;
  /** Why its last look was not answered. */
  failure(): VigilError | undefined;
  /** Whether it has just looked for all that the interest wants; with the failure when it was not answered. */
  justLooked(interest: Interest, withinMs: number): { readonly error: VigilError | undefined } | undefined;
}

/** How one is made. */
export interface ToldPartsOptions {
  readonly backend: Backend;
  readonly view: View;
  /** Who leads now: what another one has said counts no more. */
  readonly leader: () => string | undefined;
  readonly now: () => Instant;
}

interface HeldRead {
  readonly from: string;
  readonly lists: Partial<Record<Listed, Pick<PolledPart<unknown>, 'fields' | 'missing'>>>;
  readonly tasks: readonly string[];
  readonly error: VigilError | undefined;
  /** Since somebody was served by it. */
  readonly sinceServed: (() => number) | undefined;
}

/** What the vendor sent as it was is not in the journal. */
const fieldsOf = ({ fields }: ToldList): FieldSet => new Set(fields.filter((field) => !field.endsWith('.raw')));

export const createToldParts = ({ backend, view, leader, now }: ToldPartsOptions): ToldParts => {
  const { key, adapter } = backend;
  let held: HeldRead | undefined;

  const valid = (): HeldRead | undefined => (held !== undefined && held.from === leader() ? held : undefined);
  const part = <T>(list: Listed, items: () => readonly T[]): PolledPart<T> | undefined => {
    const read = valid()?.lists[list];
    return read && { ...read, items: items() };
  };

  return {
    parts: {
      jobs: () => part('jobs', () => view.jobsOf(key)),
      // A product that hands results over once shows jobs' runs after their end, too.
      tasks: () => part('tasks', () => (adapter.qualifiesIds ? view.tasksOf(key) : view.unfinishedTasksOf(key))),
      detectors: () => part('detectors', () => view.detectorsOf(key)),
      nodes: () => part('nodes', () => view.nodesOf(key)),
      tasksFor: ({ entities, pastOf, named }) =>
        entities || pastOf || named ? (valid()?.tasks ?? []).flatMap((id) => view.task(id) ?? []) : [],
    },
    take: ({ lists, tasks, error, served }, from) => {
      const read: HeldRead['lists'] = Object.fromEntries(
        Object.entries(lists).flatMap(([list, told]) =>
          told ? [[list, { fields: fieldsOf(told), missing: readMissing(told.missing) }]] : [],
        ),
      );
      const before = held?.from === from ? held : undefined;
      held = {
        from,
        lists: read,
        tasks: tasks ?? before?.tasks ?? [],
        error: error && readFailure(error),
        sinceServed: served ? stopwatch(now) : before?.sinceServed,
      };
    },
    failure: () => held?.error,
    justLooked: (interest, withinMs) => {
      const read = valid();
      if (!read?.sinceServed || read.sinceServed() > withinMs) return undefined;
      if (interest.entities || interest.pastOf || interest.named) return undefined;
      if (read.error) return { error: read.error };
      const covers = (['jobs', 'tasks', 'detectors', 'nodes'] as const).every((list) => {
        if (!wantsList(list, interest) || (list === 'detectors' && !adapter.detectors)) return true;
        const fields = read.lists[list]?.fields;
        return fields !== undefined && includes(fields, interest.fields);
      });
      return covers ? { error: undefined } : undefined;
    },
  };
};
