import { describe, expect, it } from 'vitest';
import { mapTaskError } from '../../../src/vendors/opensearch-ad/task-error.js';
import { mapTask } from '../../../src/vendors/opensearch-ad/task-mapper.js';
import { taskSchema } from '../../../src/vendors/opensearch-ad/wire.js';
import { recordedHits } from './reading-support.js';

const map = (source: Readonly<Record<string, unknown>>, id = 'T1') => {
  const raw = { detector_id: 'D1', ...source };
  return mapTask('os-logs', { id, wire: taskSchema.parse(raw), raw }, false);
};

describe('a task of anomaly detection', () => {
  it.each([
    ['CREATED', 'CREATED'],
    ['INIT', 'INITIALIZING'],
    ['RUNNING', 'RUNNING'],
    ['FINISHED', 'SUCCEEDED'],
    ['FAILED', 'FAILED'],
    ['STOPPED', 'CANCELLED'],
    ['INACTIVE', 'LOST'],
    ['AWAITING_DATA_TO_INIT', 'UNKNOWN'],
    ['INACTIVE_STOPPED', 'UNKNOWN'],
    ['SOMETHING_NEW', 'UNKNOWN'],
    ['toString', 'UNKNOWN'],
  ])('in state %s is %s, and keeps the vendor’s word', (state, expected) => {
    expect(map({ state })).toMatchObject({ state: expected, vendorState: state });
  });

  it('without a state is unknown', () => {
    expect(map({})).toMatchObject({ state: 'UNKNOWN', vendorState: null, kind: 'UNKNOWN', vendorType: null });
  });

  it.each([
    ['REALTIME_SINGLE_ENTITY', 'REALTIME', 'D1', true],
    ['REALTIME_HC_DETECTOR', 'REALTIME', 'D1', true],
    ['HISTORICAL_SINGLE_ENTITY', 'HISTORICAL', null, undefined],
    ['HISTORICAL_HC_DETECTOR', 'HISTORICAL', null, undefined],
    ['HISTORICAL', 'HISTORICAL', null, undefined],
    ['HISTORICAL_HC_ENTITY', 'HISTORICAL_ENTITY', null, undefined],
    ['RUN_ONCE_FORECAST_SINGLE_STREAM', 'UNKNOWN', null, undefined],
  ])('of type %s is %s; its job is %s', (type, kind, jobNativeId, continuous) => {
    const task = map({ task_type: type, state: 'RUNNING' });
    expect(task).toMatchObject({ kind, vendorType: type, jobNativeId, detectorNativeId: 'D1' });
    expect(task.continuous).toBe(continuous);
  });

  it('that runs in real time has no progress, but that of its beginning', () => {
    const task = map({ task_type: 'REALTIME_SINGLE_ENTITY', state: 'INIT', task_progress: 0, init_progress: 0.25 });
    expect(task).toMatchObject({ progress: null, initProgress: 0.25 });
  });

  it('of a high-cardinality run has progress, and none of its beginning: that stays 0', () => {
    const task = map({ task_type: 'HISTORICAL_HC_DETECTOR', state: 'RUNNING', task_progress: 0.33, init_progress: 0 });
    expect(task).toMatchObject({ progress: 0.33, initProgress: null });
  });

  it('estimates the end of a real-time start from when it was written, not from now', () => {
    const init = { task_type: 'REALTIME_SINGLE_ENTITY', state: 'INIT', last_update_time: 1_000_000, estimated_minutes_left: 32 };
    expect(map(init).estimatedEndAt).toBe(1_000_000 + 32 * 60_000);
    expect(map({ ...init, state: 'RUNNING', estimated_minutes_left: 0 }).estimatedEndAt).toBeNull();
    expect(map({ ...init, state: 'STOPPED' }).estimatedEndAt).toBeNull();
    expect(map({ ...init, task_type: 'HISTORICAL_SINGLE_ENTITY' })).not.toHaveProperty('estimatedEndAt');
  });

  it('ends when it says so; a stop of a real-time run writes no end, and the last thing written is the stop', () => {
    const times = { execution_start_time: 10, last_update_time: 30 };
    expect(map({ ...times, state: 'STOPPED', task_type: 'REALTIME_SINGLE_ENTITY' }).endedAt).toBe(30);
    expect(map({ ...times, state: 'FINISHED', execution_end_time: 29 })).toMatchObject({ startedAt: 10, endedAt: 29, updatedAt: 30 });
    expect(map({ ...times, state: 'RUNNING' }).endedAt).toBeNull();
    expect(map({ state: 'FAILED' })).toMatchObject({ startedAt: null, endedAt: null, updatedAt: null });
  });

  it.each([
    ['REALTIME_SINGLE_ENTITY', 'CREATED', true],
    ['REALTIME_HC_DETECTOR', 'RUNNING', true],
    ['HISTORICAL_SINGLE_ENTITY', 'INIT', true],
    ['HISTORICAL_HC_DETECTOR', 'RUNNING', true],
    ['HISTORICAL_HC_DETECTOR', 'STOPPED', false],
    ['HISTORICAL_HC_ENTITY', 'RUNNING', false],
    ['REALTIME_SINGLE_ENTITY', 'SOMETHING_NEW', false],
  ])('%s in %s can be cancelled: %s', (type, state, expected) => {
    expect(map({ task_type: type, state }).cancellable).toBe(expected);
  });

  it('that is not its detector’s latest cannot be cancelled: a stop would stop another', () => {
    expect(map({ task_type: 'HISTORICAL_SINGLE_ENTITY', state: 'RUNNING', is_latest: false }).cancellable).toBe(false);
  });

  it('of an entity names its parent, its entity and its nodes', () => {
    const [hit] = recordedHits('2.19.4/15-historical-hc-finished', 'entity tasks');
    const task = map(hit?._source ?? {}, hit?._id);
    expect(task).toMatchObject({
      id: `task:os-logs:${hit?._id}`,
      nativeId: hit?._id,
      kind: 'HISTORICAL_ENTITY',
      parentId: 'task:os-logs:EB43AaIBJWprpFwBKRqy',
      detectorNativeId: 'Th0yAaIBJWprpFwBy_cE',
      entity: [{ name: 'host', value: 'host-2' }],
      coordinatingNodeId: 'j3R-hAwMQvasdEGra2HoMw',
      workerNodeId: 'j3R-hAwMQvasdEGra2HoMw',
      dateRange: { start: 1795057200000, end: 1795316400000 },
    });
  });

  it('says who began and who stopped it, where there are users', () => {
    expect(map({ started_by: 'ann', stopped_by: 'bob' })).toMatchObject({ startedBy: 'ann', stoppedBy: 'bob' });
    expect(map({})).toMatchObject({ startedBy: null, stoppedBy: null });
  });

  it('survives members of a type never seen before', () => {
    const odd = { task_progress: 'half', entity: 'host', detection_date_range: 7, error: { a: 1 }, is_latest: 'yes', state: 3 };
    expect(map(odd)).toMatchObject({ progress: null, entity: [], dateRange: null, error: null, state: 'UNKNOWN' });
  });

  it('takes numbers and truth values of category fields as text', () => {
    expect(map({ entity: [{ name: 'port', value: 443 }] }).entity).toEqual([{ name: 'port', value: '443' }]);
  });

  it('shows what was sent without users and secrets', () => {
    const raw = {
      detector_id: 'D1',
      state: 'RUNNING',
      user: { name: 'ann', backend_roles: ['x'] },
      detector: { name: 'd', ui_metadata: {}, api_key: 'k' },
    };
    const task = mapTask('os-logs', { id: 'T1', wire: taskSchema.parse(raw), raw }, true);
    expect(task.raw).toEqual({ detector_id: 'D1', state: 'RUNNING', detector: { name: 'd' } });
  });
});

describe('the error of a task', () => {
  it('is none when it is empty, as it is of a run that recovered', () => {
    expect(mapTaskError('')).toBeNull();
    expect(mapTaskError(undefined)).toBeNull();
  });

  it('is none when it only says that somebody cancelled: the state says it', () => {
    expect(mapTaskError('Historical analysis cancelled by user')).toBeNull();
  });

  it.each([
    ['There is no data in the detection date range', 'INVALID_INPUT'],
    ['There is not enough data to train model', 'INVALID_INPUT'],
    ['There is no data in the time field', 'REFUSED'],
    ['[doomed-metrics] IndexNotFoundException[no such index [doomed-metrics]]', 'NOT_FOUND'],
    ['Having trouble querying data: no such index [doomed-metrics]', 'NOT_FOUND'],
    ['No data in current detection window', 'REFUSED'],
    ['No full shingle in current detection window', 'REFUSED'],
    ['Error while cold start', 'REFUSED'],
    ['Stopped analysis: Invalid search query.', 'REFUSED'],
    ["All nodes' executing batch tasks exceeds limitation No eligible node to run detector D1", 'BACKEND_UNAVAILABLE'],
    ['no permissions for [indices:data/read/search] and User [name=ann]', 'FORBIDDEN'],
    ['Request timed out', 'TIMEOUT'],
  ])('%s is %s', (text, code) => {
    expect(mapTaskError(text)).toEqual({ code, message: text, detail: null });
  });

  it('has the first line of a Java trace as its message, without classes and addresses, and the rest as detail', () => {
    const trace =
      'MR48AaIBJWprpFwBC4vk org.opensearch.timeseries.common.exception.EndRunException: Having trouble querying data: no such index [doomed-metrics]\n' +
      '\tat org.opensearch.timeseries.transport.ResultProcessor.convertedQueryFailureException(ResultProcessor.java:609)';
    const error = mapTaskError(trace);
    expect(error).toMatchObject({ code: 'NOT_FOUND', message: 'Having trouble querying data: no such index [doomed-metrics]' });
    expect(error?.detail).toContain('ResultProcessor.java:609');
  });

  it('names neither addresses nor what is nested, when a new cluster has no shard yet', () => {
    const text =
      'NoShardAvailableActionException[No shard available for [get [.opendistro-job-scheduler-lock][x]: routing [null]]]; nested: ' +
      'RemoteTransportException[[node-1][127.0.0.1:45201][indices:data/read/get[s]]];\n\tat org.opensearch.action.support.Some.perform(Some.java:256)';
    const error = mapTaskError(text);
    expect(error).toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      message: 'NoShardAvailableActionException[No shard available for [get [.opendistro-job-scheduler-lock][x]: routing [null]]]',
    });
    expect(JSON.stringify(error)).not.toContain('127.0.0.1');
  });

  it('is bounded', () => {
    const error = mapTaskError('x'.repeat(10_000));
    expect(error?.message.length).toBeLessThanOrEqual(501);
    expect(error?.detail?.length).toBeLessThanOrEqual(4_001);
  });
});
