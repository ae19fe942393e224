import type { IncomingHttpHeaders } from 'node:http';
import { RoutingFailure } from '../elastic-rest/routing-failure.js';
import type { Dialect, MediaRules } from './dialect.js';
import { Failure } from './failures.js';

const plainTypes: ReadonlySet<string> = new Set(['application/json', 'application/x-ndjson', 'application/yaml', 'application/*', '*/*']);
const vendorType = /^application\/vnd\.elasticsearch\+(?:x-nd)?json$/;

interface MediaType {
  readonly raw: string;
  readonly type: string;
  readonly version: number | undefined;
}

function parseMediaType(raw: string): MediaType {
  const [type = '', ...parameters] = raw.split(';').map((part) => part.trim().toLowerCase());
  const compatible = parameters.map((parameter) => /^compatible-with=(\d+)$/.exec(parameter)?.[1]).find((version) => version !== undefined);
  return { raw, type, version: compatible === undefined ? undefined : Number(compatible) };
}

const headerFailure = (headers: string, reason: string, type = 'status_exception') =>
  new Failure(400, {
    type: 'media_type_header_exception',
    reason: `Invalid media-type value on headers [${headers}]`,
    causedBy: { type, reason },
  });

function checkEmpty(dialect: Dialect, contentType: string | undefined): void {
  if (contentType !== '') return;
  if (dialect.media.vendorTypes === 'checked') {
    throw headerFailure('Content-Type', 'Header [Content-Type] cannot be empty.', 'illegal_argument_exception');
  }
  const reason = 'invalid Content-Type header []';
  throw new Failure(400, {
    type: 'content_type_header_exception',
    reason: `java.lang.IllegalArgumentException: ${reason}`,
    causedBy: { type: 'illegal_argument_exception', reason },
  });
}

function checkVersions(rules: MediaRules, accept: MediaType | undefined, content: MediaType | undefined): void {
  const spell = (name: string, type: MediaType | undefined) => `${name}=${type?.raw ?? 'null'}`;
  const outside = ([name, type]: readonly [string, MediaType | undefined]) => {
    if (type?.version === undefined || type.version === rules.major || type.version === rules.major - 1) return;
    const reason = `${name} version must be either version ${rules.major} or ${rules.major - 1}, but found ${type.version}. ${spell(name, type)}`;
    throw headerFailure(rules.headersInMessage, reason);
  };
  outside(['Accept', accept]);
  outside(['Content-Type', content]);
  if (content === undefined || accept?.version === content.version) return;
  const mixed = accept?.version !== undefined && content.version !== undefined;
  const suffix = ' and the compatible versions must match';
  const rule = mixed && !rules.bothNeeded.endsWith(suffix) ? `${rules.bothNeeded}${suffix}` : rules.bothNeeded;
  throw headerFailure(rules.headersInMessage, `${rule}. ${spell('Accept', accept)}, ${spell('Content-Type', content)}`);
}

/** Checks `Content-Type` and `Accept`, and says what type the answer has. */
export function negotiate(dialect: Dialect, headers: IncomingHttpHeaders, hasBody: boolean): string {
  const contentType = headers['content-type'];
  if (hasBody) {
    checkEmpty(dialect, contentType);
    const type = parseMediaType(contentType ?? '').type;
    const vendor = dialect.media.vendorTypes !== 'plain' && vendorType.test(type);
    if (!plainTypes.has(type) && !vendor) throw new RoutingFailure(406, `Content-Type header [${contentType ?? ''}] is not supported`);
  }
  if (dialect.media.vendorTypes !== 'checked') return 'application/json; charset=UTF-8';
  const accept = headers.accept === undefined ? undefined : parseMediaType(headers.accept);
  checkVersions(dialect.media, accept, hasBody ? parseMediaType(contentType ?? '') : undefined);
  if (accept === undefined) return 'application/json';
  if (vendorType.test(accept.type)) return accept.raw.replace(/;\s+/g, ';');
  return accept.type === 'application/json' ? accept.raw.replace(/;\s+/g, ';') : 'application/json';
}

/** Whether the body is YAML. */
export const sendsYaml = (headers: IncomingHttpHeaders, hasBody: boolean): boolean =>
  hasBody && parseMediaType(headers['content-type'] ?? '').type === 'application/yaml';

/** Whether the answer shall be YAML: as `Accept` says, and as the body was where it says nothing. */
export const wantsYaml = (headers: IncomingHttpHeaders, hasBody: boolean): boolean =>
  parseMediaType(headers.accept ?? '').type === 'application/yaml' ||
  (['', '*/*'].includes(headers.accept ?? '') && sendsYaml(headers, hasBody));

/** The type of answers that come before any negotiation. */
export const plainContentType = (dialect: Dialect): string =>
  dialect.media.vendorTypes === 'checked' ? 'application/json' : 'application/json; charset=UTF-8';
