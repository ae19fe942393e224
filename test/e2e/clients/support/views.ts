import { isDeepStrictEqual } from 'node:util';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import { expect } from 'vitest';
import {
  JobDetailDocument,
  type JobDetailQuery,
  type JobFilter,
  JobListDocument,
  type JobListQuery,
  type TaskFilter,
  TaskListDocument,
  type TaskListQuery,
} from '../../../../src/client/index.js';
import { eventually, type GatewayRig } from '../../../support/gateway-rig.js';
import { type Dashboard, variablesOf } from './dashboard.js';

/** Names of one answer, not facts: cursors, and when a backend was last heard. */
const ofTheAnswer = new Set(['__typename', 'cursor', 'endCursor', 'liveCursor', 'lastAnswerAt']);

const factsOf = (value: unknown, without: readonly string[]): unknown => {
  if (Array.isArray(value)) return value.map((each) => factsOf(each, without));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !ofTheAnswer.has(key) && !without.includes(key))
      .map(([key, each]) => [key, key === 'stateCounts' ? countsOf(each) : factsOf(each, without)]),
  );
};

const countsOf = (counts: readonly { readonly state: string; readonly count: number }[]): Readonly<Record<string, number>> =>
  Object.fromEntries(counts.map(({ state, count }) => [state, count]));

/** Holds when what the cache says by itself comes to equal, field by field, what a query that knows no cache is answered. */
const expectSame = async (read: () => unknown, fresh: () => Promise<unknown>, without: readonly string[] = []): Promise<void> => {
  const both = async () => ({ cached: factsOf(read(), without), fresh: factsOf(await fresh(), without) });
  const isSame = await eventually(both, ({ cached, fresh }) => isDeepStrictEqual(cached, fresh)).then(
    () => true,
    () => false,
  );
  if (isSame) return;
  const { cached, fresh: answered } = await both();
  expect(cached).toEqual(answered);
};

/** The same of any query of the product's. `without`: what is no business of the stream that keeps it. */
export const expectFresh = <D, V extends Record<string, unknown>>(
  dashboard: Dashboard,
  rig: GatewayRig,
  query: TypedDocumentNode<D, V>,
  variables: V,
  without?: readonly string[],
): Promise<void> =>
  expectSame(
    () => dashboard.held(query, variables),
    () => rig.ask<D>(print(query), variables),
    without,
  );

export const expectFreshJobs = (dashboard: Dashboard, rig: GatewayRig, filter?: JobFilter): Promise<void> =>
  expectSame(
    () => dashboard.jobs(filter),
    () => rig.ask<JobListQuery>(print(JobListDocument), variablesOf(filter)),
  );

export const expectFreshTasks = (dashboard: Dashboard, rig: GatewayRig, filter?: TaskFilter, without?: readonly string[]): Promise<void> =>
  expectSame(
    () => dashboard.tasks(filter),
    () => rig.ask<TaskListQuery>(print(TaskListDocument), variablesOf(filter)),
    without,
  );

export const expectFreshDetail = (dashboard: Dashboard, rig: GatewayRig, id: string): Promise<void> =>
  expectSame(
    () => dashboard.detail(id),
    () => rig.ask<JobDetailQuery>(print(JobDetailDocument), { id }),
  );
