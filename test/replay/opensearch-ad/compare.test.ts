import { describe, expect, it } from 'vitest';
import { compare } from '../compare.js';
import type { Json } from '../json.js';
import { createVariables } from '../variables.js';
import { compareStretches, type Stretch } from './looks.js';
import { createAnomalyDetectionVocabulary } from './vocabulary.js';

const [detector, other] = ['RR0yAaIBJWprpFwByvc6', 'Xk31BbICJWprpFwBzzz0'];
const [node, otherNode] = ['j3R-hAwMQvasdEGra2HoMw', 'JNqdOsTlTNOFgFTGJUjxJA'];
const hourMs = 3_600_000;
const vocabulary = createAnomalyDetectionVocabulary(hourMs);

const differences = (recorded: Json, actual: Json, variables = createVariables()) =>
  compare(recorded, actual, [], { variables, ignored: [], vocabulary });

const range = (start: number): Json => ({ detection_date_range: { start_time: start } });
const hit = (id: string, state: string): Json => ({ _id: id, _score: 0, _source: { state } });

describe('two answers agree', () => {
  it.each<[string, Json, Json]>([
    ['when ids are others', { _id: detector, task_id: 'a' }, { _id: other, task_id: 'b' }],
    [
      'when times, sizes and scores are others',
      { took: 1, last_update_time: 5, anomaly_score: 1.5 },
      { took: 2, last_update_time: 6, anomaly_score: 0.1 },
    ],
    ['when a range lies later, as everything does', range(1_795_057_200_000), range(1_795_057_200_000 + hourMs)],
    ['when a list was cut', { items: [1, { __trimmed_items: 2 }] }, { items: [1, 2, 3] }],
    ['when a text was cut', { error: 'No x…[trimmed 990 chars]' }, { error: 'No x at all' }],
    ['when nodes have other ids', { nodes: { [node]: { model_count: 0 } } }, { nodes: { [otherNode]: { model_count: 0 } } }],
    [
      'when an error names another detector and other times',
      { _id: detector, error: `No data between 1795316609327 and 1795316669327 for ${detector}` },
      { _id: other, error: `No data between 1795416609327 and 1795416669327 for ${other}` },
    ],
    [
      'when hits without an order stand in another one',
      { hits: { hits: [hit('a', 'INIT'), hit('b', 'STOPPED')] } },
      { hits: { hits: [hit('d', 'STOPPED'), hit('c', 'INIT')] } },
    ],
    ['when results are kept in an index of another day', { _index: '.r-history-2026.11.22-1' }, { _index: '.r-history-2027.01.02-1' }],
  ])('%s', (_, recorded, actual) => {
    expect(differences(recorded, actual)).toEqual([]);
  });
});

describe('two answers differ', () => {
  it.each<[string, Json, Json]>([
    ['by a member that is missing', { state: 'INIT', worker_node: node }, { state: 'INIT' }],
    ['by a member that was not recorded', { state: 'INIT' }, { state: 'INIT', worker_node: node }],
    ['by any text', { anything: 'a' }, { anything: 'b' }],
    ['by any number that is no counter', { task_progress: 0.5 }, { task_progress: 0.6 }],
    ['by a range that was not asked for', range(1_795_057_200_000), range(1_795_057_200_000)],
    ['by the length of a list that was cut', { items: [1, { __trimmed_items: 2 }] }, { items: [1, 2] }],
    ['by null', { realtime_task: null }, { realtime_task: {} }],
    ['by the version of a detector', { anomaly_detector: {}, _version: 1 }, { anomaly_detector: {}, _version: 2 }],
    [
      'by the order of hits that have one',
      {
        hits: [
          { _id: 'a', sort: [1], n: 1 },
          { _id: 'b', sort: [2], n: 2 },
        ],
      },
      {
        hits: [
          { _id: 'c', sort: [1], n: 2 },
          { _id: 'd', sort: [2], n: 1 },
        ],
      },
    ],
  ])('%s', (_, recorded, actual) => {
    expect(differences(recorded, actual)).not.toEqual([]);
  });

  it('by an id that stood for something else before', () => {
    const variables = createVariables();
    expect(differences({ task_id: 'a' }, { task_id: 'b' }, variables)).toEqual([]);
    expect(differences({ task_id: 'a' }, { task_id: 'c' }, variables)).toContain('a cannot be c');
  });
});

describe('two sequences of states', () => {
  const of = (...stretches: readonly (readonly [string, number])[]): readonly Stretch[] =>
    stretches.map(([look, forMs]) => ({ look, forMs }));
  const verdict = (recorded: readonly Stretch[], actual: readonly Stretch[]) => compareStretches('x', recorded, actual, 500).length === 0;
  const end = Number.POSITIVE_INFINITY;

  it('agree in order, not in seconds', () => {
    expect(
      verdict(of(['INIT', 5000], ['RUNNING', 9000], ['FINISHED', end]), of(['INIT', 700], ['RUNNING', 20_000], ['FINISHED', end])),
    ).toBe(true);
    expect(verdict(of(['INIT', 5000], ['FINISHED', end]), of(['FINISHED', end]))).toBe(false);
    expect(
      verdict(of(['INIT', 5000], ['RUNNING', 5000], ['FINISHED', end]), of(['RUNNING', 5000], ['INIT', 5000], ['FINISHED', end])),
    ).toBe(false);
  });

  it('may miss a state that one of them looked past', () => {
    expect(verdict(of(['INIT', 500], ['FINISHED', end]), of(['FINISHED', end]))).toBe(true);
    expect(verdict(of(['INIT', 5000], ['FINISHED', end]), of(['INIT', 5000], ['RUNNING', 400], ['FINISHED', end]))).toBe(true);
    expect(verdict(of(['INIT', 5000], ['FINISHED', end]), of(['INIT', 5000], ['RUNNING', 4000], ['FINISHED', end]))).toBe(false);
  });

  it('end alike', () => {
    expect(verdict(of(['INIT', 5000], ['FINISHED', end]), of(['INIT', 5000], ['FAILED', end]))).toBe(false);
    expect(verdict(of(['INIT', 5000], ['FINISHED', end]), of(['INIT', end]))).toBe(false);
  });
});
