import { Pool } from 'undici';
import type { Connection } from '../domain/index.js';

/** Elasticsearch may add a warning header for each deprecated setting it met. */
const maxHeaderBytes = 65_536;

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
    connect: {
      timeout: http.connectTimeoutMs,
      rejectUnauthorized: tls?.rejectUnauthorized ?? true,
      ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
      ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
      ...(tls?.key === undefined ? {} : { key: tls.key.reveal() }),
      ...(tls?.passphrase === undefined ? {} : { passphrase: tls.passphrase.reveal() }),
    },
  });
