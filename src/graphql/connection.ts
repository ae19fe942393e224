import type { Backend } from '../domain/index.js';
import type { BackendFailureType } from './backend.type.js';
import type { PageInfoType } from './connection.type.js';
import type { GatewayContext } from './context.js';
import { encodeCursor } from './cursor.js';
import { createFailures, type Failures } from './failures.js';
import type { Order } from './order.js';
import { cutPage, type PageRequest } from './paging.js';

/** What a connection type is resolved from. */
export interface ConnectionSource<T, S> {
  readonly edges: readonly EdgeSource<T>[];
  readonly pageInfo: PageInfoType;
  readonly totalCount: number | null;
  readonly stateCounts: readonly { readonly state: S; readonly count: number }[];
  readonly unavailable: readonly BackendFailureType[];
  readonly liveCursor: string;
}

export interface EdgeSource<T> {
  readonly cursor: string;
  readonly value: T;
}

/** How one list is read. */
export interface ListPlan<T, S> {
  readonly context: GatewayContext;
  /** Names the list in its cursors. */
  readonly list: string;
  readonly page: PageRequest;
  readonly order: Order<T>;
  /** All that could hold anything of it. */
  readonly backends: readonly Backend[];
  /** Rows of one backend that may match; throws when there are none to be had. Parts that are missing go into `failures`. */
  readonly read: (backend: Backend, failures: Failures) => Promise<readonly T[]>;
  /** Those of the rows that match, as they are known by now. */
  readonly matching: (rows: readonly T[]) => readonly T[];
  /** Reads what the rows of this page will be asked for, so that what fails there is in `unavailable` and not an error on each row. */
  readonly prefetch: (rows: readonly T[], failures: Failures) => Promise<void>;
  /** By what its rows are counted, in the order of `states`; null: they are not. */
  readonly counted: { readonly stateOf: (value: T) => S; readonly states: readonly S[] } | null;
}

const countStates = <T, S>(rows: readonly T[], { counted }: Pick<ListPlan<T, S>, 'counted'>): ConnectionSource<T, S>['stateCounts'] => {
  if (!counted) return [];
  const { stateOf, states } = counted;
  const counts = new Map<S, number>();
  for (const row of rows) counts.set(stateOf(row), (counts.get(stateOf(row)) ?? 0) + 1);
  return states.flatMap((state) => {
    const count = counts.get(state);
    return count === undefined ? [] : [{ state, count }];
  });
};

/** Reads all backends side by side. One that gives nothing is an entry in `unavailable`; the others' rows stand. */
export const readConnection = async <T extends { readonly id: string }, S>(plan: ListPlan<T, S>): Promise<ConnectionSource<T, S>> => {
  const { context, list, page, order, backends } = plan;
  // Before the reads: what happens between them and the subscription is then sent again rather than lost.
  const liveCursor = context.hub.liveCursor();
  const failures = createFailures(context, page.after?.leftOut ?? []);
  const readAll = async (): Promise<readonly (readonly T[])[]> => {
    const parts = await Promise.all(
      backends.map(async (backend): Promise<readonly T[] | undefined> => {
        if (failures.leftOutBefore(backend.key)) return undefined;
        try {
          return await plan.read(backend, failures);
        } catch (error) {
          failures.add(backend, 'ALL', error);
          return undefined;
        }
      }),
    );
    const answers = parts.filter((part) => part !== undefined);
    await plan.prefetch(
      cutPage(plan.matching(answers.flat()), page, order).rows.map(({ value }) => value),
      failures,
    );
    return answers;
  };
  const answered = await context.together(readAll());
  // Last of all: whatever was sent to subscribers while the slowest read went on is in this answer, too.
  const rows = plan.matching(answered.flat());
  const { rows: shown, before, more } = cutPage(rows, page, order);
  const leftOut = failures.leftOut();
  const edges = shown.map(({ key, id, value }) => ({ cursor: encodeCursor(list, { key, id, leftOut }), value }));
  return {
    edges,
    pageInfo: {
      hasNextPage: more,
      hasPreviousPage: before,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: backends.length > 0 && answered.length === 0 ? null : rows.length,
    stateCounts: countStates(rows, plan),
    unavailable: failures.view(),
    liveCursor,
  };
};
