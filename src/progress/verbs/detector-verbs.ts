import { type Detector, type DetectorVerb, type GlobalId, type Reading, type Task, textOfId, unionOf } from '../../domain/index.js';
import { isVigilError, VigilError } from '../../errors.js';
import type { DetectorVerbRequest, VerbOptions, VerbService } from '../hub.js';
import { readOnlyRefusal, unsupported } from './refusal.js';
import { type Met, originOf, present, type Sent, type VerbFrame, type VerbServiceOptions } from './verb-frame.js';

const verbOf = (request: DetectorVerbRequest, detectorId: string): DetectorVerb => {
  if (request.action === 'STOP_DETECTOR') return { action: 'STOP_DETECTOR', detectorId, run: request.run };
  if (request.run === 'REALTIME') return { action: 'START_DETECTOR', detectorId, run: 'REALTIME' };
  return { action: 'START_DETECTOR', detectorId, run: 'HISTORICAL', dateRange: request.dateRange };
};

/** Nothing has to be done, and the request says that this is well. */
const isAlreadyDone = (error: unknown, request: DetectorVerbRequest): boolean =>
  request.idempotent === true && isVigilError(error) && error.code === 'WRONG_STATE' && error.facts.already === true;

export const createDetectorVerbs = (options: VerbServiceOptions, frame: VerbFrame): VerbService['runOnDetectors'] => {
  const { backends, ledger, runner, renew } = options;

  const read = ({ action, run }: DetectorVerbRequest, ids: readonly GlobalId[], verbOptions: VerbOptions) => {
    const latest = new Set([run === 'REALTIME' ? 'Detector.realtimeTask' : 'Detector.historicalTask']);
    return frame.read<Detector>(ids, verbOptions, {
      read: async (backend, natives, call) => {
        const { detectors } = backend.adapter;
        if (detectors) return detectors.read(natives, unionOf([detectors.verbFields, verbOptions.fields, latest]), call);
        throw (
          unsupported(backend, [action]) ?? new VigilError('UNSUPPORTED', `${backend.vendor} has no detectors.`, { backend: backend.key })
        );
      },
      stamp: ledger.stampDetectors,
    });
  };

  const latestTask = ({ run }: DetectorVerbRequest, { realtimeTask, historicalTask }: Detector): Task | null =>
    (run === 'REALTIME' ? realtimeTask : historicalTask) ?? null;

  const send = async (
    request: DetectorVerbRequest,
    id: GlobalId,
    reading: Reading<Met<Detector>> | undefined,
    verbOptions: VerbOptions,
    owner: string,
  ): Promise<Sent> => {
    const backend = backends.get(id.backend);
    const { known: detector, told } = present(reading, backend, `detector ${textOfId(id)}`);
    const verb = verbOf(request, detector.nativeId);
    await renew(backend);
    const barred = readOnlyRefusal(backend) ?? unsupported(backend, [request.action]);
    if (barred) throw barred;
    const refused = backend.adapter.detectors?.refusalOf(verb, told, backend.profile());
    if (refused && isAlreadyDone(refused, request)) return { taskId: latestTask(request, detector)?.id ?? null };
    if (refused) throw refused;
    const subject = {
      jobId: null,
      jobNativeId: request.run === 'REALTIME' ? detector.nativeId : null,
      detectorNativeId: detector.nativeId,
    };
    try {
      const task = await runner.start(backend, verb, subject, { ...originOf(verbOptions, owner), fields: verbOptions.fields });
      return { taskId: task?.id ?? null };
    } catch (error) {
      if (!isAlreadyDone(error, request)) throw error;
      // Somebody was faster since it was read.
      const now = (await read(request, [id], verbOptions)).get(textOfId(id));
      return { taskId: now?.status === 'found' ? (latestTask(request, now.value.known)?.id ?? null) : null };
    }
  };

  return async (request, detectorIds, verbOptions) => {
    const ids = [...new Map(detectorIds.map((id) => [textOfId(id), id])).values()];
    const outcomes = await frame.send({
      request,
      ids,
      options: verbOptions,
      path: ['input', 'detectorId'],
      send: async (owner) => {
        const readings = await read(request, ids, verbOptions);
        return (id) => send(request, id, readings.get(textOfId(id)), verbOptions, owner);
      },
    });
    const settled = await Promise.all(outcomes.map((outcome) => frame.settle(outcome, request, verbOptions)));
    const readings = await read(request, ids, verbOptions);
    return outcomes.map(({ target }, index) => {
      const reading = readings.get(target);
      const { task, errors } = settled[index] ?? { task: null, errors: [] };
      return { detectorId: target, detector: reading?.status === 'found' ? reading.value.known : null, task, errors };
    });
  };
};
