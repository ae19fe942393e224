import type { ExecutionResult } from 'graphql';
import { formattedFrame, withCursor } from '../websocket-frames.js';

/** A `next` message for many: all of it but the id, made once. */
export interface SharedMessage {
  /** What stands behind the id. */
  readonly rest: Buffer;
  readonly failed: boolean;
}

export const shareResult = (result: ExecutionResult): SharedMessage => ({
  rest: Buffer.from(`,"type":"next","payload":${JSON.stringify(withCursor(formattedFrame(result)))}}`),
  failed: result.errors !== undefined,
});

/** What stands before the rest, for one subscriber. */
export const messageHead = (id: string): Buffer => Buffer.from(`{"id":${JSON.stringify(id)}`);
