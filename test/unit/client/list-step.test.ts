import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyListStep, createListState, type Listed, type ListState, type ListUpdate } from '../../../src/client/index.js';

interface Row extends Listed {
  readonly state: string;
  readonly note?: string;
}

const row = (id: string, revision: number, state = 'RUNNING'): Row => ({ id, revision, state });
const step = (more: Partial<ListUpdate<Row>> = {}): ListUpdate<Row> => ({
  cursor: 'c',
  reset: false,
  synced: true,
  forgotten: [],
  ...more,
});
const ids = (rows: ReadonlyMap<string, Row>): readonly string[] => [...rows.keys()];
const stateAfter = (...steps: readonly ListUpdate<Row>[]): ListState<Row> =>
  steps.reduce(applyListStep<Row, Listed>, createListState<Row>());

describe('a live list', () => {
  it('begins with what a query gave, and shows it', () => {
    const state = createListState([row('a', 1)]);
    expect(ids(state.shown)).toEqual(['a']);
    expect(state.synced).toBe(false);
  });

  it('empties on reset, before anything else of the same message', () => {
    expect(ids(applyListStep(createListState([row('old', 1)]), step({ reset: true, added: [row('new', 1)] })).items)).toEqual(['new']);
  });

  it('needs neither revisions nor a part for what left: nodes have none', () => {
    const nodes = (more: Partial<ListUpdate<{ id: string; load: number }>>) => ({
      cursor: 'c',
      reset: false,
      synced: true,
      forgotten: [],
      ...more,
    });
    const state = [
      nodes({
        reset: true,
        added: [
          { id: 'a', load: 1 },
          { id: 'b', load: 1 },
        ],
      }),
      nodes({ changed: [{ id: 'a', load: 2 }], forgotten: ['b'] }),
    ].reduce(applyListStep<{ id: string; load: number }, Listed>, createListState<{ id: string; load: number }>());
    expect([...state.shown.values()]).toEqual([{ id: 'a', load: 2 }]);
  });

  it('takes out what left and what is forgotten before it takes in what came', () => {
    const state = stateAfter(
      step({ added: [row('a', 1), row('b', 1), row('c', 1)] }),
      step({ left: [row('a', 2, 'SUCCEEDED')], forgotten: ['b'], added: [row('a', 3)] }),
    );
    expect([...state.items.values()]).toEqual([row('c', 1), row('a', 3)]);
  });

  it('shows a snapshot that comes in parts only when it is complete', () => {
    const first = applyListStep(createListState([row('old', 1)]), step({ reset: true, synced: false, added: [row('a', 1)] }));
    expect(ids(first.shown)).toEqual(['old']);
    expect(ids(first.items)).toEqual(['a']);
    expect(ids(applyListStep(first, step({ added: [row('b', 1)] })).shown)).toEqual(['a', 'b']);
  });

  it('updates what it holds and keeps the fields a change does not select', () => {
    const state = stateAfter(
      step({ added: [{ ...row('a', 1), note: 'kept' }] }),
      step({ changed: [{ id: 'a', revision: 2, state: 'SUCCEEDED' }] }),
    );
    expect(state.items.get('a')).toEqual({ id: 'a', revision: 2, state: 'SUCCEEDED', note: 'kept' });
  });

  it('leaves out a change of what lies beyond its pages', () => {
    expect(stateAfter(step({ changed: [row('far', 2)] })).items.size).toBe(0);
  });

  it('drops a copy that is older than its own, and takes one of the same age', () => {
    const state = stateAfter(
      step({ added: [row('a', 5)] }),
      step({ changed: [row('a', 4, 'QUEUED')] }),
      step({ added: [row('a', 3, 'CREATED')] }),
    );
    expect(state.items.get('a')?.state).toBe('RUNNING');
    expect(applyListStep(state, step({ changed: [row('a', 5, 'SUCCEEDED')] })).items.get('a')?.state).toBe('SUCCEEDED');
  });

  it('keeps the last health of every backend, also over a reset', () => {
    const state = [
      {
        ...step(),
        backends: [
          { id: 'backend:a', status: 'UP' },
          { id: 'backend:b', status: 'UP' },
        ],
      },
      { ...step({ reset: true }), backends: [{ id: 'backend:b', status: 'DOWN' }] },
    ].reduce(applyListStep<Row, Listed & { status: string }>, createListState<Row, Listed & { status: string }>());
    expect([...state.backends.values()].map(({ status }) => status)).toEqual(['UP', 'DOWN']);
  });

  it('remembers the cursor of the last message and changes nothing it was given', () => {
    const before = createListState([row('a', 1)]);
    const state = applyListStep(before, step({ cursor: 'c7', left: [row('a', 2)] }));
    expect(state.cursor).toBe('c7');
    expect(ids(before.items)).toEqual(['a']);
  });

  it('ends alike however a snapshot is cut into messages', () => {
    const rows = fc.uniqueArray(fc.record({ id: fc.string({ minLength: 1 }), revision: fc.nat(), state: fc.constant('RUNNING') }), {
      selector: ({ id }) => id,
    });
    fc.assert(
      fc.property(rows, fc.nat({ max: 20 }), (added, cut) => {
        const whole = stateAfter(step({ reset: true, added }));
        const parts = stateAfter(step({ reset: true, synced: false, added: added.slice(0, cut) }), step({ added: added.slice(cut) }));
        expect([...parts.shown]).toEqual([...whole.shown]);
      }),
    );
  });
});
