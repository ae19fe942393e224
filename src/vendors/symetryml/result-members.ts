import type { CallOptions, FieldSet, JobAnswer, ResultMembers } from '../../domain/index.js';
import { VigilError } from '../../errors.js';
import { errorAbout } from '../../http/index.js';
import { isPossibleJobId, openJob } from './client.js';
import type { AdapterContext } from './context.js';
import { jobAndTask } from './jobs.js';
import { type BodyIndex, indexBody, isBodyIndex, readEntities, readRows } from './results/index.js';
import { keyBytesOf } from './secret-key.js';

/** Hands the bytes of a finished job over as they come. Whatever comes of it, the answer is closed. */
const collect = async (
  context: AdapterContext,
  nativeId: string,
  keep: Parameters<ResultMembers['collect']>[1],
  fields: FieldSet,
  call: CallOptions,
): Promise<JobAnswer> => {
  if (!isPossibleJobId(nativeId)) return { kind: 'absent' };
  if (context.numbersOfOthers.has(nativeId))
    throw errorAbout(context.endpoint.origin, 'WRONG_STATE', "The number of this job is that of another customer's job by now.", {
      outcomeUnknown: false,
    });
  const answer = await openJob(context.endpoint, nativeId, context.idleMs, call);
  switch (answer.kind) {
    case 'finished':
      try {
        await keep(answer.stream.body);
      } finally {
        answer.stream.cancel();
      }
      return { kind: 'finished' };
    case 'unfinished': {
      const { info, raw } = answer;
      // What names another job tells nothing of this one.
      if (info?.jobId !== nativeId) return { kind: 'unfinished', job: null, task: null };
      return { kind: 'unfinished', ...jobAndTask(context, { info, raw }, fields) };
    }
    case 'absent':
      return { kind: 'absent' };
    case 'failed':
      return { kind: 'failed', error: answer.error };
  }
};

const checked = (index: unknown): BodyIndex => {
  if (isBodyIndex(index)) return index;
  throw new VigilError('INTERNAL', 'The index of a stored result is none that SymetryML results have now.');
};

export const createResultMembers = (context: AdapterContext): ResultMembers => ({
  collect: (nativeId, keep, fields, call) => collect(context, nativeId, keep, fields, call),
  index: indexBody,
  isIndex: isBodyIndex,
  readEntities: async (body, index, { withRaw }) => readEntities(body, checked(index), { key: keyBytesOf(context.secretKey), withRaw }),
  readRows: async (body, index, position, range) => readRows(body, checked(index), position, range),
});
