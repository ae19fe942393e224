import 'reflect-metadata';
import { registerEnumType } from 'type-graphql';
import {
  actions,
  datafeedStates,
  detectorRuns,
  failedParts,
  healthStatuses,
  jobStates,
  resultStates,
  taskStates,
  type VendorModule,
} from '../domain/index.js';
import { errorCatalogue, errorCodes } from '../errors.js';

type Members = Record<string, string>;
type Descriptions = Record<string, { description: string }>;

const membersOf = (names: readonly string[]): Members => Object.fromEntries(names.map((name) => [name, name]));

/** Registers an enum whose members are exactly the names of the tuple: one without a description does not compile. */
const declare = <N extends string>(name: string, description: string, names: readonly N[], descriptions: Record<N, string>): Members => {
  const members = membersOf(names);
  const valuesConfig: Descriptions = Object.fromEntries(names.map((each) => [each, { description: descriptions[each] }]));
  registerEnumType(members, { name, description, valuesConfig });
  return members;
};

export const JobStateEnum = declare(
  'JobState',
  'What a job is doing, in words shared by all vendors. Open: keep a default branch.',
  jobStates,
  {
    OPENING: 'On its way to OPENED: the vendor looks for a place to run it.',
    OPENED: 'Open: takes and analyses data.',
    CLOSING: 'On its way to CLOSED; can take long.',
    CLOSED: 'Kept, but not running.',
    FAILED: 'Broken; `stateReason` says why where the vendor does.',
    RESETTING: 'Its results and model are being deleted. Stays so when a reset was cancelled half-way: reset it again.',
    REVERTING: 'Goes back to an earlier model.',
    DELETING: 'Is being deleted.',
    QUEUED: 'Waits for its turn.',
    RUNNING: 'Runs, and will end by itself.',
    FINISHED: 'Ended by itself.',
    KILLED: 'Was killed.',
    UNKNOWN: 'Not readable now, or a word of the vendor this gateway does not know: see `vendorState`.',
  },
);

export const TaskStateEnum = declare(
  'TaskState',
  'Where a task stands. SUCCEEDED, FAILED, CANCELLED and LOST are final. Open: keep a default branch.',
  taskStates,
  {
    CREATED: 'Known, not begun.',
    QUEUED: 'Waits for its turn.',
    INITIALIZING: 'Prepares.',
    RUNNING: 'Under way.',
    SUCCEEDED: 'Done; final.',
    FAILED: 'Did not do it: see `error`; final.',
    CANCELLED: 'Was cancelled; final.',
    LOST: 'Vanished without a result; final.',
    UNKNOWN:
      'A word of the vendor this gateway does not know: see `vendorState`. Also a RUN that is over while its result has not been read, which alone tells how it ended.',
  },
);

export const ResultStateEnum = declare('ResultState', "What became of a job's result. Open: keep a default branch.", resultStates, {
  NONE: 'None: it has not ended, it was killed or has failed, or the product hands none over.',
  AVAILABLE: 'Kept by the gateway: see `result`. Of a kind of job that makes nothing it has no parts.',
  UNCLAIMED:
    'Finished and still on the server, but not started through this gateway: reading would take it from whoever did. collectJobResult takes it on purpose.',
  LOST: 'The server has it no longer, and the gateway never had all of it: dropped, handed to somebody else, or lost on the way. `stateReason` says which.',
  EXPIRED: 'Older than the retention configured, or gone to make room for newer ones.',
});

export const DatafeedStateEnum = declare('DatafeedState', "A datafeed's state. Open: keep a default branch.", datafeedStates, {
  STARTING: 'On its way to STARTED.',
  STARTED: 'Feeds its job.',
  STOPPING: 'On its way to STOPPED.',
  STOPPED: 'Kept, but not running.',
  UNKNOWN: 'Not readable now, or a word of the vendor this gateway does not know: see `vendorState`.',
});

export const DetectorRunEnum = declare('DetectorRun', "Which of a detector's two runs. Open: keep a default branch.", detectorRuns, {
  REALTIME: 'Over new data as it comes, until it is stopped.',
  HISTORICAL: 'Once over a range of the past.',
});

export const ActionEnum = declare(
  'Action',
  'A verb: one name for capability, button and error. The mutation has the same name in camel case. Open: hide what you do not know.',
  actions,
  {
    OPEN_JOB: 'openJob.',
    CLOSE_JOB: 'closeJob, closeJobs.',
    RESET_JOB: 'resetJob, resetJobs.',
    DELETE_JOB: 'deleteJob.',
    REVERT_JOB: 'revertJob.',
    KILL_JOB: 'killJob.',
    COLLECT_JOB_RESULT: 'collectJobResult.',
    START_JOB: "The vendor's own mutation, named after its product: startSymetryJob.",
    START_DATAFEED: 'startDatafeed.',
    STOP_DATAFEED: 'stopDatafeed.',
    START_DETECTOR: 'startDetector, startDetectors.',
    STOP_DETECTOR: 'stopDetector, stopDetectors.',
    CANCEL_TASK: 'cancelTask.',
  },
);

export const HealthStatusEnum = declare('HealthStatus', 'Whether a backend answers.', healthStatuses, {
  UP: 'Answers.',
  DEGRADED: 'Answers some calls: others fail, the credentials lack a privilege, or it takes no verbs just now.',
  DOWN: 'Does not answer.',
  UNKNOWN: 'Not asked yet.',
});

export const FailedPartEnum = declare(
  'FailedPart',
  "The part of a backend's answer that is missing. Open: treat what you do not know like ALL.",
  failedParts,
  {
    ALL: 'Objects: none of them is in the list, or, where only a part of its index answered, some are not.',
    STATE: 'Their state: UNKNOWN, or the object itself is left out when nothing of it could be read.',
    STATISTICS: 'Counters, sizes and the node they run on: null.',
    TASKS: 'Tasks: `currentTask`, `realtimeTask`, `historicalTask` or `parent` is null though there may be one.',
    DATAFEEDS: 'Datafeeds: null though there may be one.',
    PROFILE: "What the cluster's memory holds of a detector or an entity: `profile` and `entityProfile` are null though there may be one.",
    ANOMALIES: 'Anomalies: none though there may be some.',
    MESSAGES: "The vendor's log: `messages` is empty though there may be some.",
  },
);

export const ErrorCodeEnum = declare(
  'ErrorCode',
  'Why something failed; the catalogue is in docs/errors.md. Open: treat what you do not know like INTERNAL.',
  errorCodes,
  Object.fromEntries(errorCodes.map((code) => [code, errorCatalogue[code].meaning])) as Record<(typeof errorCodes)[number], string>,
);

export const OrderDirectionEnum = declare('OrderDirection', 'Which end comes first. Nulls are last either way.', ['ASC', 'DESC'], {
  ASC: 'Smallest, earliest first.',
  DESC: 'Greatest, latest first.',
});

export const JobOrderFieldEnum = declare(
  'JobOrderField',
  'What jobs can be ordered by. Only ID, CREATED_AT and STARTED_AT stay put while a list is paged; the others may show a row twice or not at all.',
  ['ID', 'CREATED_AT', 'STARTED_AT', 'FINISHED_AT', 'STATE', 'LAST_ACTIVITY_AT'],
  {
    ID: 'The global id, as text.',
    CREATED_AT: '`createdAt`.',
    STARTED_AT: '`startedAt`.',
    FINISHED_AT: '`finishedAt`.',
    STATE: `\`state\`, in this order: ${jobStates.join(', ')}.`,
    LAST_ACTIVITY_AT: '`lastActivityAt`.',
  },
);

export const TaskOrderFieldEnum = declare(
  'TaskOrderField',
  'What tasks can be ordered by. Only ID and STARTED_AT stay put while a list is paged; the others may show a row twice or not at all.',
  ['ID', 'STARTED_AT', 'ENDED_AT', 'UPDATED_AT', 'STATE'],
  {
    ID: 'The global id, as text.',
    STARTED_AT: '`startedAt`.',
    ENDED_AT: '`endedAt`.',
    UPDATED_AT: '`updatedAt`.',
    STATE: `\`state\`, in this order: ${taskStates.join(', ')}.`,
  },
);

export const DetectorOrderFieldEnum = declare(
  'DetectorOrderField',
  'What detectors can be ordered by. Only ID stays put while a list is paged; the others may show a row twice or not at all.',
  ['ID', 'NAME', 'UPDATED_AT'],
  {
    ID: 'The global id, as text.',
    NAME: '`name`, by its characters: capitals before small letters.',
    UPDATED_AT: '`updatedAt`.',
  },
);

/** Which vendors and task kinds there are is known only when a schema is built; type-graphql reads members and descriptions at that moment. */
const openEnum = (name: string, description: string): { readonly members: Members; readonly fill: (values: Descriptions) => void } => {
  const members: Members = {};
  const valuesConfig: Descriptions = {};
  registerEnumType(members, { name, description, valuesConfig });
  return {
    members,
    fill(values) {
      for (const each of Object.keys(members)) delete members[each];
      Object.assign(members, membersOf(Object.keys(values)));
      Object.assign(valuesConfig, values);
    },
  };
};

const vendor = openEnum('Vendor', "A product's API. Made from the registered vendors. Open: keep a default branch.");
const taskKind = openEnum('TaskKind', 'What a task does. Made from the registered vendors. Open: keep a default branch.');
export const VendorEnum = vendor.members;
export const TaskKindEnum = taskKind.members;

/** Makes the two enums from the registry. Has to be followed at once by building the schema. */
export const fillVendorEnums = (vendors: readonly VendorModule[]): void => {
  vendor.fill(Object.fromEntries(vendors.map((each) => [each.vendor, { description: `${each.title}.` }])));
  const kinds = new Map<string, string>();
  for (const [kind, meaning] of vendors.flatMap((each) => Object.entries(each.taskKinds))) if (!kinds.has(kind)) kinds.set(kind, meaning);
  taskKind.fill({
    ...Object.fromEntries([...kinds].map(([kind, description]) => [kind, { description }])),
    UNKNOWN: { description: 'Something this gateway has no word for: see `vendorType`.' },
  });
};
