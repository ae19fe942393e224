export { createHttpClient, type HttpClientOptions } from './create-http-client.js';
export type { HttpClient, HttpRequest, HttpResponse } from './http-client.js';
export { createRedact, type Redact } from './redact.js';
export { targetOf } from './request-target.js';
