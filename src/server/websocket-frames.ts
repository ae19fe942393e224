import type { FormattedExecutionResult } from 'graphql';
import type { ExecutionResult } from 'graphql-ws';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Longer than any cursor we hand out. */
const maxCursorLength = 2048;

/** `extensions.vigil.after` of a subscribe message. What is not a fit text is ignored: a bad cursor is never an error. */
export const afterOf = (extensions: unknown): string | undefined => {
  const vigil = isRecord(extensions) ? extensions.vigil : undefined;
  const after = isRecord(vigil) ? vigil.after : undefined;
  return typeof after === 'string' && after.length <= maxCursorLength ? after : undefined;
};

const cursorIn = (data: ExecutionResult['data']): string | undefined => {
  for (const root of Object.values(data ?? {})) {
    const cursor = isRecord(root) ? root.cursor : undefined;
    if (typeof cursor === 'string') return cursor;
  }
  return undefined;
};

/** What goes into a `next` frame. */
export const formattedFrame = ({ errors, data, extensions }: ExecutionResult): FormattedExecutionResult => ({
  ...(errors && { errors: errors.map((error) => error.toJSON()) }),
  ...(data !== undefined && { data }),
  ...(extensions && { extensions }),
});

/**
 * Puts the cursor of a subscription's step into the frame's extensions, where a client finds it without knowing the document. What execution has put
 * there itself (for documents that do not select `cursor`) stays.
 */
export const withCursor = (frame: FormattedExecutionResult): FormattedExecutionResult => {
  const vigil = isRecord(frame.extensions?.vigil) ? frame.extensions.vigil : {};
  const cursor = vigil.cursor ?? cursorIn(frame.data);
  return cursor === undefined ? frame : { ...frame, extensions: { ...frame.extensions, vigil: { ...vigil, cursor } } };
};
