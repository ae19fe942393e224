import { VigilError } from '../errors.js';

/** The kinds of object that have a global id. */
export const idKinds = ['backend', 'job', 'task', 'detector', 'datafeed', 'node', 'cluster', 'result'] as const;
export type IdKind = (typeof idKinds)[number];

/** What a global id says. */
export interface GlobalId {
  readonly kind: IdKind;
  /** Key of the backend. For `kind: 'backend'` it is the whole id. */
  readonly backend: string;
  /** The vendor's id, without incarnation; empty for a backend. */
  readonly native: string;
  /** Tells apart what a vendor named alike: start, creation, or when it was first seen, in epoch milliseconds, base 36. Absent: the latest is meant. */
  readonly incarnation?: string;
}

export const backendKeyPattern = /^[a-z0-9-]{1,32}$/;
/**
 * Native ids may hold anything printable; bounded so that one id can never fill a request line. What is not seen makes two ids look alike, or turns the
 * text around them; half a surrogate pair cannot be sent.
 */
const nativePattern = /^[^\s\p{Cc}\p{Cf}\p{Cs}]{1,512}$/u;
const incarnationPattern = /^[0-9a-z]{1,26}$/;

/** Tasks run by the gateway itself: `task:es-prod:vigil~<ulid in lower case>`. */
export const gatewayTaskNative = 'vigil';

/** `kind:backend:native~incarnation`. The native id may hold colons; only the first two split. */
export const formatId = (kind: IdKind, backend: string, native?: string, incarnation?: string | number): string => {
  if (kind === 'backend') return `backend:${backend}`;
  const suffix = incarnation === undefined ? '' : `~${typeof incarnation === 'number' ? incarnation.toString(36) : incarnation}`;
  return `${kind}:${backend}:${native ?? ''}${suffix}`;
};

/** The id as it was, or would be, written: the inverse of `parseId`. */
export const textOfId = ({ kind, backend, native, incarnation }: GlobalId): string => formatId(kind, backend, native, incarnation);

const invalid = (text: string, reason: string): VigilError => {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return new VigilError('INVALID_INPUT', `"${shown}" is not an id: ${reason}. Ids look like job:es-prod:total-requests.`);
};

/** Reads a global id of any kind. Throws INVALID_INPUT. */
export const parseId = (text: string): GlobalId => {
  const first = text.indexOf(':');
  const kind = (first < 0 ? text : text.slice(0, first)) as IdKind;
  if (!idKinds.includes(kind)) throw invalid(text, `it has to begin with one of ${idKinds.map((each) => `${each}:`).join(' ')}`);
  const rest = text.slice(first + 1);
  if (kind === 'backend') {
    if (!backendKeyPattern.test(rest)) throw invalid(text, 'the backend key has to match [a-z0-9-]{1,32}');
    return { kind, backend: rest, native: '' };
  }
  const second = rest.indexOf(':');
  const backend = second < 0 ? rest : rest.slice(0, second);
  if (!backendKeyPattern.test(backend)) throw invalid(text, 'the backend key has to match [a-z0-9-]{1,32}');
  const full = second < 0 ? '' : rest.slice(second + 1);
  const tilde = full.lastIndexOf('~');
  const native = tilde < 0 ? full : full.slice(0, tilde);
  const incarnation = tilde < 0 ? undefined : full.slice(tilde + 1);
  if (!nativePattern.test(native))
    throw invalid(text, "the vendor's own id is missing, too long, or holds blanks or characters that are not seen");
  if (incarnation !== undefined && !incarnationPattern.test(incarnation))
    throw invalid(text, 'what follows ~ has to be digits and lower-case letters');
  return { kind, backend, native, ...(incarnation === undefined ? {} : { incarnation }) };
};

/** Reads a global id and insists on its kind. Throws INVALID_INPUT. */
export const parseIdOf = (kind: IdKind, text: string): GlobalId => {
  const id = parseId(text);
  if (id.kind !== kind) throw invalid(text, `a ${kind} id is needed here, this one names a ${id.kind}`);
  return id;
};

/** What the adapter is asked for: where it qualifies its native ids, the incarnation is part of them. */
export const nativeOf = ({ native, incarnation }: GlobalId, { qualifiesIds }: { readonly qualifiesIds?: boolean }): string =>
  qualifiesIds === true && incarnation !== undefined ? `${native}~${incarnation}` : native;

/** The id of what an adapter names so: the inverse of `nativeOf`. Without an incarnation the latest is meant. */
export const idOfNative = (
  kind: IdKind,
  { key, adapter }: { readonly key: string; readonly adapter: { readonly qualifiesIds?: boolean } },
  nativeId: string,
): GlobalId => (adapter.qualifiesIds ? parseId(formatId(kind, key, nativeId)) : { kind, backend: key, native: nativeId });

/** Whether a possibly unqualified id (no incarnation) names the object with the full id. */
export const sameObject = (asked: GlobalId, full: GlobalId): boolean =>
  asked.kind === full.kind &&
  asked.backend === full.backend &&
  asked.native === full.native &&
  (asked.incarnation === undefined || asked.incarnation === full.incarnation);
