import type { KeptBody } from '../../../domain/index.js';
import { VigilError } from '../../../errors.js';
import type { BodyIndex, EntityIndex } from './body-index.js';

/** A range of a stored body; INTERNAL when the store does not give it whole. */
export const readBytes = async (body: KeptBody, from: number, to: number): Promise<Uint8Array> => {
  const bytes = await body.read(from, to);
  if (bytes.length === to - from) return bytes;
  throw new VigilError('INTERNAL', 'The stored result is shorter than when it was received.');
};

/** An entity of the index of this body: NOT_FOUND at any other place, INTERNAL when the index is that of another body, with which it would give nonsense. */
export const entityAt = (body: KeptBody, index: BodyIndex, position: number): EntityIndex => {
  if (index.size !== body.size) throw new VigilError('INTERNAL', 'The stored result and its index do not belong together.');
  const entity = index.entities[position];
  if (entity === undefined) throw new VigilError('NOT_FOUND', 'The result has no such part.');
  return entity;
};
