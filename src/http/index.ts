export { errorAbout, type Origin, retryAfterOf, strangeAnswer } from './answer-errors.js';
export { createHttpClient, type HttpClientOptions } from './create-http-client.js';
export type { HttpClient, HttpRequest, HttpResponse } from './http-client.js';
export { createRedact } from './redact.js';
export { targetOf } from './request-target.js';
export { isRejected, toldNothing } from './told-nothing.js';
