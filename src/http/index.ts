export { errorAbout, type Origin, retryAfterOf, strangeAnswer } from './answer-errors.js';
export { createHttpClient, type HttpClientOptions } from './create-http-client.js';
export type { HttpClient, HttpRequest, HttpResponse, HttpStream, SignedRequest, StreamRequest } from './http-client.js';
export { isNodeId } from './node-ids.js';
export { createRedact } from './redact.js';
export { targetOf } from './request-target.js';
export { isRejected, toldNothing } from './told-nothing.js';
export { count, instant, largeCount, nodeId, told } from './wire.js';
export { cut, firstLine, fitText, readable, withoutPlaces, withoutRoutes } from './words.js';
