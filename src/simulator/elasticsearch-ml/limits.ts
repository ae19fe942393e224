import type { SimulatedRequest } from '../exchange.js';
import type { Dialect } from './dialect.js';
import { Failure } from './failures.js';

/** `http.max_initial_line_length`: from this many bytes on, verb and version included, a request line is refused. */
export const lineLimitBytes = 4096;

/** The refusal of a request line or a header block that is too long. */
export function overLimit(dialect: Dialect, request: SimulatedRequest, lineLimit: number): Failure | undefined {
  const line = `${request.method} ${request.uri} HTTP/1.1`;
  if (Buffer.byteLength(line) >= lineLimit) {
    return new Failure(400, { type: dialect.lineFailure, reason: `An HTTP line is larger than ${lineLimit} bytes.` });
  }
  if (request.headerBytes <= dialect.headerBytes) return undefined;
  return new Failure(400, { type: dialect.headerFailure, reason: `HTTP header is larger than ${dialect.headerBytes} bytes.` });
}
