import type { Slice } from '../../domain/index.js';
import { errorAbout, type Origin } from '../../http/index.js';

/** `index.max_result_window` of the indices that hold results: nothing beyond can be read by page. */
export const resultWindow = 10_000;

/** `from` and `size` of a slice; one that reaches beyond the window is refused before the server does. */
export const pageOf = (origin: Origin, { skip, first }: Slice): { readonly from: number; readonly size: number } => {
  if (skip + first > resultWindow) {
    const message = `Elasticsearch pages no further than ${resultWindow.toLocaleString('en')} entries: narrow what is asked for.`;
    throw errorAbout(origin, 'INVALID_INPUT', message, { path: ['first'] });
  }
  return { from: skip, size: first };
};
