import type { GlobalId } from '../domain/index.js';

/** What the id of a part of a result says. */
export interface PartId {
  readonly result: GlobalId;
  /** Place in the result, from 0. */
  readonly position: number;
}

const part = /^(.+)\/(\d{1,9})$/;

/** `result:sym:7/0~lx3k9a` is a part of `result:sym:7~lx3k9a`. Undefined: the id names a result as a whole. */
export const partOf = (id: GlobalId): PartId | undefined => {
  const [, native, position] = part.exec(id.native) ?? [];
  return native === undefined ? undefined : { result: { ...id, native }, position: Number(position) };
};
