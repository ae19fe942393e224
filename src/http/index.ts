export { createHttpClient, type HttpClientOptions } from './create-http-client.js';
export type { HttpClient, HttpRequest, HttpStream, SignedRequest, StreamRequest } from './http-client.js';
export { createRedact } from './redact.js';
export { targetOf } from './request-target.js';
