import { z } from 'zod';
import { isInstant } from '../domain/index.js';
import { isNodeId } from './node-ids.js';

/* What products send, as far as all schemas of answers read it alike. A value that nobody could show counts as not told. */

/** A field that may be missing, or of a type never seen before. */
export const told = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);

/** Epoch milliseconds. */
export const instant = z.number().refine(isInstant);

/** Of things there may be some thousands of; of bytes, and what counts since a node began. */
export const count = z.int32().nonnegative();
export const largeCount = z.int().nonnegative();

export const nodeId = z.string().refine(isNodeId);
