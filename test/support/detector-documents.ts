import type { GatewayRig, Variables } from './gateway-rig.js';
import { errorFields, type SeenError, type SeenTask, taskFields } from './gateway-verbs.js';

/** What tests ask of a detector's task. */
export const runFields = `
  ${taskFields} initProgress stateCounts { state count } estimatedEndAt stoppedBy dateRange { start end } entity { name value }
  detector { id name } parent { id }
`;

export interface SeenRun extends SeenTask {
  readonly vendorState: string | null;
  readonly initProgress: number | null;
  readonly stateCounts: readonly { readonly state: string; readonly count: number }[];
  readonly estimatedEndAt: string | null;
  readonly stoppedBy: string | null;
  readonly dateRange: { readonly start: string; readonly end: string } | null;
  readonly entity: readonly { readonly name: string; readonly value: string }[];
  readonly detector: { readonly id: string; readonly name: string } | null;
  readonly parent: { readonly id: string } | null;
}

const detectorFields = `
  id nativeId name highCardinality indices categoryFields intervalMs
  job { id state allowedActions }
  realtimeTask { ${runFields} }
  historicalTask { ${runFields} }
  realtimeActions: allowedActions(run: REALTIME)
  historicalActions: allowedActions(run: HISTORICAL)
`;

export interface SeenDetector {
  readonly id: string;
  readonly nativeId: string;
  readonly name: string;
  readonly highCardinality: boolean;
  readonly job: { readonly id: string; readonly state: string; readonly allowedActions: readonly string[] };
  readonly realtimeTask: SeenRun | null;
  readonly historicalTask: SeenRun | null;
  readonly realtimeActions: readonly string[];
  readonly historicalActions: readonly string[];
}

export interface SeenDetectorPayload {
  readonly detector: SeenDetector | null;
  readonly task: SeenRun | null;
  readonly errors: readonly SeenError[];
}

/** A verb on one detector: `startDetector`, with the fields of its input. */
export const detectorVerb = async (
  rig: GatewayRig,
  name: 'startDetector' | 'stopDetector',
  input: Variables,
): Promise<SeenDetectorPayload> => {
  const type = name === 'startDetector' ? 'StartDetectorInput' : 'StopDetectorInput';
  const data = await rig.ask<Readonly<Record<string, SeenDetectorPayload>>>(
    `mutation V($input: ${type}!) { ${name}(input: $input) { detector { ${detectorFields} } task { ${runFields} } errors { ${errorFields} } } }`,
    { input },
  );
  const payload = data[name];
  if (!payload) throw new TypeError(`no ${name} in the answer`);
  return payload;
};

export const readDetector = async (rig: GatewayRig, id: string): Promise<SeenDetector | null> =>
  (await rig.ask<{ readonly detector: SeenDetector | null }>(`query D($id: ID!) { detector(id: $id) { ${detectorFields} } }`, { id }))
    .detector;

/** Every state of a task that came over the WebSocket, to its end. */
export const runOf = async (rig: GatewayRig, id: string): Promise<readonly SeenRun[]> => {
  const progress = rig.subscribe<{ readonly taskProgress: { readonly task: SeenRun } }>(
    `subscription P($id: ID!) { taskProgress(id: $id) { task { ${runFields} } } }`,
    { id },
  );
  await progress.ended;
  return progress.seen.map(({ taskProgress }) => taskProgress.task);
};
