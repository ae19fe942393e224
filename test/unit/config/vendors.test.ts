import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type ConfigVendor, faults, folderWith, load, type Reading } from './harness.js';

const plain: ConfigVendor = { id: 'plain' };
const once: ConfigVendor = {
  id: 'once',
  authKinds: ['hmac', 'bearer'],
  handsResultsOver: true,
  settings: {
    pathForm: { must: 'must be slash or bare', pattern: /^(slash|bare)$/ },
    label: { must: 'must be 1 to 8 letters', pattern: /^[a-z]{1,8}$/ },
  },
};
const vendors = [plain, once];

const signed = 'auth: { kind: hmac, customerId: c1, secretKey: "VLmAm+WkpnA5zp2wXiSYkw==" }';
const backend = (vendor: string, keys: string): string =>
  `backends: [{ id: b, vendor: ${vendor}, url: "https://b"${keys && `, ${keys}`} }]`;

const placeOf = (text: string): string => {
  const lines = text.slice(0, text.indexOf('¶')).split('\n');
  return `${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
};
/** The one fault of a text, without its place; the place must be where the mark is. */
const faultAt = (text: string, reading: Reading = {}): string | undefined => {
  const found = faults(text.replace('¶', ''), { vendors, ...reading });
  expect(found).toHaveLength(1);
  const place = `vigil.yaml:${placeOf(text)} `;
  expect(found[0]).toContain(place);
  return found[0]?.slice(place.length);
};

describe('a backend whose requests are signed', () => {
  it('has a customer and a key, which never shows', () => {
    const config = load(backend('once', signed), { vendors });
    const auth = config.backends[0]?.auth;
    expect(auth).toMatchObject({ kind: 'hmac', customerId: 'c1' });
    expect(auth?.kind === 'hmac' && auth.secretKey.reveal()).toBe('VLmAm+WkpnA5zp2wXiSYkw==');
    const printed = `${JSON.stringify(config)} ${inspect(config, { depth: null, showHidden: true })}`;
    expect(printed).not.toContain('VLmAm');
    expect(printed).toContain('***');
  });

  it.each([
    ['the environment', `\${KEY}`],
    ['a file', `\${file:key}`],
  ])('takes its key from %s', (_name, reference) => {
    const reading = { vendors, env: { KEY: 'a2V5' }, baseDir: folderWith({ key: 'a2V5\n' }) };
    const auth = load(backend('once', `auth: { kind: hmac, customerId: admin, secretKey: "${reference}" }`), reading).backends[0]?.auth;
    expect(auth?.kind === 'hmac' && auth.secretKey.reveal()).toBe('a2V5');
  });

  it.each([
    ['customerId: ¶"c 1"', 'customerId must be 1 to 64 of the characters A-Z, a-z, 0-9, ., _ and -'],
    ['customerId: ¶"c/1"', 'customerId must be 1 to 64 of the characters A-Z, a-z, 0-9, ., _ and -'],
    ['customerId: ¶".."', 'customerId must be 1 to 64 of the characters A-Z, a-z, 0-9, ., _ and -'],
    [`customerId: ¶${'c'.repeat(65)}`, 'customerId must be 1 to 64 of the characters A-Z, a-z, 0-9, ., _ and -'],
    ['customerId: ¶17', 'customerId must be text: put it in quotes'],
  ])('{ %s } is a fault', (customer, message) => {
    expect(faultAt(backend('once', `auth: { kind: hmac, secretKey: key, ${customer} }`))).toBe(`backends[0].auth.${message}`);
  });

  it.each([
    ['secretKey: ¶"a key"', 'secretKey must be printable ASCII without spaces or line breaks'],
    ['secretKey: ¶"key\\n"', 'secretKey must be printable ASCII without spaces or line breaks'],
    ['secretKey: ¶""', 'secretKey must be printable ASCII without spaces or line breaks'],
    [`secretKey: ¶"\${NOT_SET}"`, 'secretKey needs the environment variable NOT_SET, which is not set'],
  ])('{ %s } is a fault', (key, message) => {
    expect(faultAt(backend('once', `auth: { kind: hmac, customerId: c1, ${key} }`))).toBe(`backends[0].auth.${message}`);
  });

  it('has both', () => {
    const found = faults(backend('once', 'auth: { kind: hmac }'), { vendors });
    expect(found.map((fault) => fault.split(' ').slice(1).join(' '))).toEqual([
      'backends[0].auth.customerId is missing',
      'backends[0].auth.secretKey is missing',
    ]);
  });
});

describe('how a backend is to be convinced', () => {
  it.each([
    [
      'plain',
      'auth: { kind: ¶hmac, customerId: c1, secretKey: key }',
      'kind is not for plain: it must be one of none, basic, apiKey, bearer',
    ],
    ['once', 'auth: { kind: ¶basic, username: u, password: p }', 'kind is not for once: it must be one of hmac, bearer'],
    ['once', 'auth: { kind: ¶none }', 'kind is not for once: it must be one of hmac, bearer'],
    ['once', 'auth: { kind: ¶hmack }', 'kind must be one of hmac, bearer (did you mean "hmac"?)'],
    ['once', 'auth: ¶{ secretKey: key }', 'kind is missing: it must be one of hmac, bearer'],
  ])('is up to its vendor: %s with %s', (vendor, keys, message) => {
    expect(faultAt(backend(vendor, keys))).toBe(`backends[0].auth.${message}`);
  });

  it('cannot be left out where the vendor lets nobody in without', () => {
    expect(faultAt('backends: [¶{ id: b, vendor: once, url: "https://b" }]')).toBe('backends[0].auth is missing: once takes hmac, bearer');
    expect(faults(backend('plain', ''), { vendors })).toEqual([]);
  });
});

describe('what only some vendors have', () => {
  it('reaches the connection', () => {
    const config = load(backend('once', `${signed}, consume: all, settings: { pathForm: bare }`), { vendors });
    expect(config.backends[0]).toMatchObject({ consume: 'all', settings: { pathForm: 'bare' } });
    const [other] = load(backend('once', signed), { vendors }).backends;
    expect(other).toMatchObject({ consume: 'own' });
    expect(other).not.toHaveProperty('settings');
  });

  it.each([
    ['plain', 'consume: ¶own', 'consume has no meaning for plain: its jobs can be read without taking anything away'],
    ['plain', 'consume: ¶everything', 'consume has no meaning for plain: its jobs can be read without taking anything away'],
    ['once', `${signed}, consume: ¶everything`, 'consume must be one of own, all'],
    ['plain', 'settings: { ¶label: a }', 'settings.label is no setting of plain, which has none'],
    ['once', `${signed}, settings: { ¶colour: a }`, 'settings.colour is no setting of once, which has pathForm, label'],
    [
      'once',
      `${signed}, settings: { ¶path_from: bare }`,
      'settings.path_from is no setting of once, which has pathForm, label (did you mean "pathForm"?)',
    ],
    ['once', `${signed}, settings: { ¶__proto__: a }`, 'settings.__proto__ is no setting of once, which has pathForm, label'],
    ['once', `${signed}, settings: { ¶constructor: a }`, 'settings.constructor is no setting of once, which has pathForm, label'],
    ['once', `${signed}, settings: { pathForm: ¶round }`, 'settings.pathForm must be slash or bare'],
    ['once', `${signed}, settings: { label: ¶12 }`, 'settings.label must be text: put it in quotes'],
    ['once', `${signed}, settings: { label: ¶"\${NOT_SET}" }`, 'settings.label needs the environment variable NOT_SET, which is not set'],
    ['once', `${signed}, settings: ¶[label]`, 'settings must be a map of keys and values'],
  ])('is judged by the vendor: %s with { %s }', (vendor, keys, message) => {
    expect(faultAt(backend(vendor, keys))).toBe(`backends[0].${message}`);
  });

  it('is not judged while the vendor is unknown', () => {
    const keys = 'auth: { kind: hmac, customerId: c1, secretKey: key }, consume: all, settings: { colour: a }';
    expect(faultAt(backend('¶nobody', keys))).toBe('backends[0].vendor must be one of plain, once');
  });
});

describe('a store that forgets', () => {
  const must =
    'store.kind must not be memory with once: results can be read there only once, and would be lost with the process; use embedded or redis';

  it('does not go together with results that are handed over once', () => {
    expect(faultAt(`store: { kind: ¶memory }\n${backend('once', signed)}`)).toBe(must);
    expect(faults(backend('once', signed), { vendors, env: { VIGIL_STORE_KIND: 'memory' } })).toEqual([`VIGIL_STORE_KIND ${must}`]);
    expect(faults(`store: { kind: embedded }\n${backend('once', signed)}`, { vendors })).toEqual([]);
  });

  it('is told of once, however many backends there are, and not to others', () => {
    const two = `backends:\n  - { id: a, vendor: once, url: "https://a", ${signed} }\n  - { id: b, vendor: once, url: "https://b", ${signed} }\n`;
    expect(faults(`store: { kind: memory }\n${two}`, { vendors })).toHaveLength(1);
    expect(faults(`store: { kind: memory }\n${backend('plain', '')}`, { vendors })).toEqual([]);
  });
});

describe('limits of what is kept', () => {
  it.each([
    ['retentionMs: ¶999', 'retentionMs must be at least 1000'],
    ['retentionMs: ¶7d', 'retentionMs must be a whole number'],
    ['maxBytes: ¶0', 'maxBytes must be at least 1024'],
    ['¶maxbytes: 5000', 'maxbytes is an unknown key (did you mean "maxBytes"?)'],
  ])('{ %s } is a fault', (keys, message) => {
    expect(faultAt(`results: { ${keys} }\n${backend('plain', '')}`)).toBe(`results.${message}`);
  });
});

it('faults of vendors come together with all others', () => {
  const text = `store: { kind: memory }
results: { maxBytes: 1 }
backends:
  - { id: a, vendor: plain, url: "ftp://a", consume: all, settings: { x: y } }
  - { id: b, vendor: once, url: "https://b", auth: { kind: basic }, settings: { label: UPPER }, colour: blue }
`;
  expect(faults(text, { vendors }).map((fault) => fault.split(' ')[1])).toEqual([
    'store.kind',
    'results.maxBytes',
    'backends[0].url',
    'backends[0].consume',
    'backends[0].settings.x',
    'backends[1].auth.username',
    'backends[1].auth.password',
    'backends[1].auth.kind',
    'backends[1].settings.label',
    'backends[1].colour',
  ]);
});
