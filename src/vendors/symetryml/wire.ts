import { z } from 'zod';

/*
 * What SymetryML sends, only the fields that are read. Everything else may be missing, change or be added: no answer with a filled JobInfo was ever
 * published, so a field of another type than its schema says counts as not told.
 */

export const told = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);

/** Numbers come as numbers by the schema; maps of the same API hold them as text. */
const numeric = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/)
    .transform(Number),
]);
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')]);

/** The number of a job, as text. */
export const jobIdSchema = z.union([z.number().int().nonnegative().transform(String), z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)]);

export const jobInfoSchema = z.object({
  jobId: jobIdSchema,
  jobType: told(z.string()),
  owner: told(z.union([z.string(), z.number().transform(String)])),
  startingDate: told(numeric),
  current: told(numeric),
  maximum: told(numeric),
  isOnBoundedExecutor: told(flag),
  isStarted: told(flag),
  isDone: told(flag),
  details: told(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String).catch(''))),
});
export type WireJobInfo = z.infer<typeof jobInfoSchema>;
