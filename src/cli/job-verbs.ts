import {
  CloseJobDocument,
  type CloseJobInput,
  CollectJobResultDocument,
  DeleteJobDocument,
  type DeleteJobInput,
  type ErrorFieldsFragment,
  type JobRowFragment,
  KillJobDocument,
  OpenJobDocument,
  type OpenJobInput,
  ResetJobDocument,
  type ResetJobInput,
  RevertJobDocument,
  type RevertJobInput,
  type TaskRowFragment,
  type VigilClient,
} from '../client/index.js';
import { given } from './given.js';

/** What a verb's mutation answers. */
export interface VerbPayload {
  readonly job: JobRowFragment | null;
  readonly task: TaskRowFragment | null;
  readonly errors: readonly ErrorFieldsFragment[];
}

/** Options of all verbs; each takes those it declares. */
export interface VerbOptions {
  readonly force?: boolean;
  readonly closeFirst?: boolean;
  readonly timeout?: number;
  readonly snapshot?: string;
  readonly deleteInterveningResults?: boolean;
}

/** One verb of `vigil job`. */
export interface JobVerb {
  readonly name: string;
  readonly description: string;
  /** What `--force` does; absent: the verb has none. */
  readonly force?: string;
  readonly closeFirst?: string;
  /** What `--snapshot` names, which it then needs; absent: it has none. */
  readonly snapshot?: string;
  readonly deleteResults?: string;
  /** The vendor's own limit can be set. */
  readonly hasTimeout: boolean;
  /** How its task ends when it has come to what was wanted; absent: SUCCEEDED. */
  readonly goodEnd?: string;
  send(client: VigilClient, jobId: string, options: VerbOptions, signal: AbortSignal): Promise<VerbPayload>;
}

export const jobVerbs: readonly JobVerb[] = [
  {
    name: 'open',
    description: 'open a job',
    hasTimeout: true,
    async send(client, jobId, options, signal) {
      const input: OpenJobInput = { jobId, ...given('timeoutMs', options.timeout) };
      return (await client.mutate(OpenJobDocument, { input }, { signal })).openJob;
    },
  },
  {
    name: 'close',
    description: 'close a job; what feeds it is stopped with it',
    force: 'close without waiting for its work to be saved',
    hasTimeout: true,
    async send(client, jobId, options, signal) {
      const input: CloseJobInput = { jobId, ...given('force', options.force), ...given('timeoutMs', options.timeout) };
      return (await client.mutate(CloseJobDocument, { input }, { signal })).closeJob;
    },
  },
  {
    name: 'reset',
    description: 'reset a closed job: its results and model are deleted, its configuration stays',
    force: 'with --close-first: close without waiting for its work to be saved',
    closeFirst: 'close it before, as part of the same task',
    hasTimeout: false,
    async send(client, jobId, options, signal) {
      const input: ResetJobInput = { jobId, ...given('force', options.force), ...given('closeFirst', options.closeFirst) };
      return (await client.mutate(ResetJobDocument, { input }, { signal })).resetJob;
    },
  },
  {
    name: 'revert',
    description: 'take a closed job back to a model snapshot: what it learnt since is lost',
    snapshot: 'the snapshot to go back to',
    deleteResults: 'delete the results made since, so that the data can be analysed again',
    hasTimeout: false,
    async send(client, jobId, options, signal) {
      const { snapshot = '', deleteInterveningResults } = options;
      const input: RevertJobInput = { jobId, snapshotId: snapshot, ...given('deleteInterveningResults', deleteInterveningResults) };
      return (await client.mutate(RevertJobDocument, { input }, { signal })).revertJob;
    },
  },
  {
    name: 'delete',
    description: 'delete a job with its results',
    force: 'delete it even while it is open',
    hasTimeout: false,
    async send(client, jobId, options, signal) {
      const input: DeleteJobInput = { jobId, ...given('force', options.force) };
      return (await client.mutate(DeleteJobDocument, { input }, { signal })).deleteJob;
    },
  },
  {
    name: 'kill',
    description: 'end a job that runs once, before it is done; it makes no result then',
    hasTimeout: false,
    goodEnd: 'CANCELLED',
    async send(client, jobId, _options, signal) {
      return (await client.mutate(KillJobDocument, { input: { jobId } }, { signal })).killJob;
    },
  },
  {
    name: 'collect',
    description: 'take the result of a job that somebody else began: its server hands it over once, and they cannot have it any more',
    hasTimeout: false,
    async send(client, jobId, _options, signal) {
      return (await client.mutate(CollectJobResultDocument, { input: { jobId } }, { signal })).collectJobResult;
    },
  },
];
