import { z } from 'zod';
import { failedParts, type PartFailure } from '../../domain/index.js';
import { type ErrorCode, type ErrorFacts, errorCodes, VigilError } from '../../errors.js';

/* What the leader of a backend says of its last look at it. */

const failure = z.object({ code: z.string(), message: z.string(), facts: z.record(z.string(), z.unknown()) });
export type ToldFailure = z.infer<typeof failure>;

const list = z.object({
  fields: z.array(z.string()),
  missing: z.array(z.object({ part: z.enum(failedParts), error: failure })),
});
export type ToldList = z.infer<typeof list>;

export const toldRead = z.object({
  backendKey: z.string(),
  lists: z.object({ jobs: list.optional(), tasks: list.optional(), detectors: list.optional(), nodes: list.optional() }),
  error: failure.optional(),
  /** Up to which of its wishes an instance is served by it. */
  served: z.record(z.string(), z.number()).optional(),
  /** Tasks in no list that those who are served have asked for. */
  tasks: z.array(z.string()).optional(),
});
/** A look: the fields that it read of each list, and what of it failed. The objects themselves have been told before, as changes. */
export type ToldRead = z.infer<typeof toldRead>;

/** Nothing in it is more than a client may be shown. */
export const tellFailure = ({ code, message, facts }: VigilError): ToldFailure => ({ code, message, facts: { ...facts } });

/** An instance of another version may have codes of its own. */
export const codeOf = (code: string): ErrorCode => errorCodes.find((each) => each === code) ?? 'BACKEND_UNAVAILABLE';

export const readFailure = ({ code, message, facts }: ToldFailure): VigilError =>
  new VigilError(codeOf(code), message, facts as ErrorFacts);

export const readMissing = (missing: ToldList['missing']): readonly PartFailure[] =>
  missing.map(({ part, error }) => ({ part, error: readFailure(error) }));
