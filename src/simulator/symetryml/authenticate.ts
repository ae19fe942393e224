import type { SimulatedRequest } from '../exchange.js';
import type { Customer } from './customers.js';
import { Refusal } from './refusal.js';
import { md5Of, type Signed, signatureOf, stringToSign } from './string-to-sign.js';
import { parseSymDate } from './sym-date.js';
import type { World } from './world.js';

const oldestMs = 5 * 60_000;
const newestMs = 60_000;

interface Claim {
  readonly world: World;
  readonly request: SimulatedRequest;
  readonly customerId: string;
}

const headerOf = ({ request }: Claim, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** CanonicalizedResource, in the form this server is set to. */
function resourceOf(claim: Claim): string {
  const { settings, basePath } = claim.world;
  const path = settings.signedBase === 'kept' ? basePath + claim.request.path : claim.request.path;
  switch (settings.signedResource) {
    case 'path':
      return path;
    case 'decodedPath':
      return decoded(path);
    case 'pathWithoutSlash':
      return path.slice(1);
    case 'url':
      return `http://${headerOf(claim, 'host') ?? ''}${path}`;
  }
}

function signedOf(claim: Claim): Signed {
  const { request, customerId } = claim;
  const computed = request.bytes.length === 0 ? '' : md5Of(request.bytes);
  return {
    method: request.method,
    // One vendor client sends no Content-MD5 at all and signs it all the same; the other sends an empty one without a body.
    md5: headerOf(claim, 'content-md5') ?? computed,
    date: headerOf(claim, 'sym-date') ?? '',
    customerId,
    body: request.bytes,
    resource: resourceOf(claim),
    query: request.query,
  };
}

function checkAuthorization(claim: Claim): void {
  const { world } = claim;
  if ((headerOf(claim, 'authorization') ?? '') === '') throw new Refusal(400, world.dialect.refusals.noAuthorization);
  if (world.settings.requireCustomerId && headerOf(claim, 'customer-id') === undefined)
    throw new Refusal(400, 'Customer-ID header is null');
  if (world.settings.requireVersion && headerOf(claim, 'sym-version') === undefined) throw new Refusal(400, 'sym-version header is null');
}

function checkDate(claim: Claim): void {
  const { dialect, settings } = claim.world;
  const text = headerOf(claim, 'sym-date') ?? '';
  if (text === '') throw new Refusal(400, dialect.refusals.noDate);
  const date = parseSymDate(text, settings.dateNanos);
  if (date === undefined) throw new Refusal(400, 'Invalid Date Format');
  if (!settings.dateWindow) return;
  const age = claim.world.now() - date;
  if (age > oldestMs) throw new Refusal(400, dialect.refusals.tooOld);
  if (age < -newestMs) throw new Refusal(400, dialect.refusals.tooNew);
}

function findCustomer({ world, customerId }: Claim): Customer {
  const customer = world.customers.get(customerId);
  if (customer === undefined) throw new Refusal(401, 'Invalid User');
  return customer;
}

function checkMd5(claim: Claim): void {
  const { request, world } = claim;
  const sent = headerOf(claim, 'content-md5');
  const missing = sent === undefined && world.settings.requireMd5 && request.bytes.length > 0;
  const wrong = sent !== undefined && sent !== md5Of(request.bytes) && !(sent === '' && request.bytes.length === 0);
  if (missing || wrong) throw new Refusal(400, 'Md5 do not match');
}

/** The server shows what it compared, with newlines spelt out and `SECRETKEY` for the key. */
const shown = (signed: Signed) => stringToSign(signed, 'SECRETKEY').toString('utf8').replaceAll('\n', '\\n');

function checkSignature(claim: Claim): void {
  const { world } = claim;
  const signed = signedOf(claim);
  const expected = signatureOf(signed, findCustomer(claim).secretKey);
  const replayed = world.settings.replays === 'refused' && world.signatures.has(expected);
  if (headerOf(claim, 'authorization') !== expected || replayed) {
    throw new Refusal(401, 'Invalid Signature', { stringToSign: shown(signed) });
  }
  if (world.settings.replays === 'refused') world.signatures.add(expected);
}

const checks: Readonly<Record<string, (claim: Claim) => unknown>> = {
  authorization: checkAuthorization,
  date: checkDate,
  user: findCustomer,
  md5: checkMd5,
  signature: checkSignature,
};

/** Who signed a request; refuses it where anything about it is wrong. */
export function authenticate(world: World, request: SimulatedRequest, customerId: string): Customer {
  const claim = { world, request, customerId };
  for (const name of world.settings.authOrder) checks[name]?.(claim);
  return findCustomer(claim);
}
