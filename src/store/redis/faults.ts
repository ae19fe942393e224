import { isVigilError, VigilError } from '../../errors.js';

/** What the server's codes mean. Those of the first kind are corrected in the configuration or at the server, not by waiting. */
const configured: Readonly<Record<string, string>> = {
  WRONGPASS: 'it refuses the user and password of `store.url`',
  NOAUTH: 'it wants a password, and `store.url` has none',
  NOPERM: 'the user of `store.url` may not do what the store needs: it takes scripts, and all commands on keys below `store.keyPrefix`',
  WRONGTYPE: 'there is something else under the keys of the store: give it a `store.keyPrefix` or a database of its own',
};
/** These end when the connection is made anew. */
const mended: Readonly<Record<string, string>> = {
  LOADING: 'it is still reading its data',
  NOSCRIPT: 'it has forgotten the scripts of the store',
  STALE: 'the right of this gateway to write has lapsed',
};
/** These have to be waited out. */
const refusals: Readonly<Record<string, string>> = {
  OOM: 'it has no memory left (`maxmemory`)',
  MISCONF: 'it cannot write to its disk',
  READONLY: 'it is a replica, which takes no writes',
  BUSY: 'it is busy with a script of somebody else',
};

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : '');

/** A certificate that is not accepted, or something else than TLS at the other end: see Node's tls.md, "X509 certificate error codes". */
const isTlsCode = (code: string): boolean =>
  /CERT|SELF_SIGNED|^ERR_(TLS|SSL)|^(UNABLE_TO|CRL_|INVALID_CA|HOSTNAME_MISMATCH)|^EPROTO$/.test(code);

const ofReply = (message: string): VigilError => {
  const code = /^[A-Z]+(?= |$)/.exec(message)?.[0] ?? 'ERR';
  if (configured[code] !== undefined) return new VigilError('INVALID_INPUT', configured[code], { path: ['store', 'url'] });
  if (mended[code] !== undefined) return new VigilError('BACKEND_UNAVAILABLE', mended[code]);
  return new VigilError('REFUSED', refusals[code] ?? `it answered with the error ${code}`);
};

/**
 * What an error of the client or the server stands for, in words for an operator. INVALID_INPUT is a fault of the configuration, REFUSED a no of the
 * server's, TIMEOUT its silence, and BACKEND_UNAVAILABLE a connection that is worth trying anew at once.
 * Nothing of the original goes on: the client's errors hold the arguments of their command, and the server's texts may quote them, passwords among them.
 */
export const describeRedisFault = (error: unknown): VigilError => {
  if (isVigilError(error)) return error;
  if (!(error instanceof Error)) return new VigilError('BACKEND_UNAVAILABLE', 'it failed');
  if (error.name === 'ReplyError') return ofReply(error.message);
  if (error.message.startsWith('Socket timeout')) return new VigilError('TIMEOUT', 'it does not answer');
  const code = codeOf(error);
  if (isTlsCode(code)) return new VigilError('INVALID_INPUT', `TLS cannot be agreed on with it (${code})`, { path: ['store', 'tls'] });
  return new VigilError('BACKEND_UNAVAILABLE', code === '' ? 'the connection was closed' : `it cannot be reached (${code})`);
};
