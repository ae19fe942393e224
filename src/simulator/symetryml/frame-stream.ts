import { SimulatorError } from '../simulator-error.js';
import type { JobResult } from './job-record.js';

type Frame = Extract<JobResult, { readonly frame: object }>['frame'];

/** How many characters are collected before they are sent. */
const pieceLength = 64 * 1024;

/**
 * A finished job's envelope with a data frame, written while it is sent, so that no size needs memory.
 * The cell of row 3 and column 2 holds `3.2`. It breaks off where `gone` says that the server went down meanwhile.
 */
export async function* streamFrame({ key, rows, columns }: Frame, gone: () => boolean): AsyncGenerator<string> {
  const numbers = Array.from({ length: columns }, (_column, column) => column);
  const names = JSON.stringify(numbers.map((column) => `c${column}`));
  const types = JSON.stringify(numbers.map(() => 'C'));
  let piece = `{"statusCode":"OK","statusString":"Job is finished","values":{${JSON.stringify(key)}:{"attributeTypes":${types},"attributeNames":${names},"data":[`;
  for (let row = 0; row < rows; row += 1) {
    piece += row === 0 ? '[' : ',[';
    for (const column of numbers) piece += column === 0 ? `"${row}.0"` : `,"${row}.${column}"`;
    piece += ']';
    if (piece.length < pieceLength) continue;
    if (gone()) throw new SimulatorError('the server went down while it answered');
    yield piece;
    piece = '';
  }
  yield `${piece}]}}}`;
}
