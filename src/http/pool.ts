import { Agent as PlainAgent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { Pool } from 'undici';
import type { Connection } from '../domain/index.js';

/** Elasticsearch may add a warning header for each deprecated setting it met. */
export const maxHeaderBytes = 65_536;

const certificatesOf = (tls: Connection['tls']) => ({
  rejectUnauthorized: tls?.rejectUnauthorized ?? true,
  ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
  ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
  ...(tls?.key === undefined ? {} : { key: tls.key.reveal() }),
  ...(tls?.passphrase === undefined ? {} : { passphrase: tls.passphrase.reveal() }),
});

/** The sockets to one backend. Opens none before the first request. */
export const createPool = ({ url, tls, http }: Connection): Pool =>
  new Pool(url.origin, {
    connections: http.maxConnections,
    pipelining: 1,
    allowH2: false,
    maxHeaderSize: maxHeaderBytes,
    // Each call has its own deadline; a close that blocks for half an hour is not to be cut by a default.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: http.connectTimeoutMs, ...certificatesOf(tls) },
  });

/** Answers read as they arrive take a share of the sockets a backend is allowed, each its own: a request that must not be sent twice meets no stale one. */
const shareOfStreams = 0.25;

export const createStreamAgent = ({ url, tls, http }: Connection): PlainAgent => {
  const limits = { keepAlive: false, maxSockets: Math.max(1, Math.floor(http.maxConnections * shareOfStreams)) };
  return url.protocol === 'https:' ? new TlsAgent({ ...limits, ...certificatesOf(tls) }) : new PlainAgent(limits);
};
