import { describe, expect, it } from 'vitest';
import { faults, fixtures, folderWith, oneBackend } from './harness.js';

const backend = (keys: string): string => `backends: [{ id: es, vendor: elasticsearch-ml, url: "https://es", ${keys} }]`;

/** Places marked with ¶ in a text, as `line:column` of the text without the marks. */
const placesIn = (text: string): readonly string[] =>
  text.split('\n').flatMap((line, index) => [...line.matchAll(/¶/g)].map((mark, before) => `${index + 1}:${mark.index + 1 - before}`));

describe('faults', () => {
  it('are told all at once, one line each, in the order of the file', () => {
    const text = `server:
  ¶prot: 4000
  port: ¶99999
  host: ¶0.0.0.0
limits: { maxDepth: ¶deep }
logLevel: ¶verbose
backends:
  - { id: ¶ES, vendor: ¶elasticsearch, url: ¶"https://user:hunter2@es", auth: { kind: ¶basik } }
  - { id: twin, vendor: elasticsearch-ml, url: ¶"ftp://es", auth: { kind: bearer, token: ¶"\${NOT_SET}" } }
  - ¶{ id: ¶twin, vendor: elasticsearch-ml, tls: { caFile: ¶nowhere.pem } }
`;
    const messages = [
      'server.prot is an unknown key (did you mean "port"?)',
      'server.port must be at most 65535',
      'server.host is reachable from other machines: add server.auth, or server.insecure: true if that is meant',
      'limits.maxDepth must be a whole number',
      'logLevel must be one of trace, debug, info, warn, error, fatal, silent',
      'backends[0].id must be 1 to 32 of the characters a-z, 0-9 and -',
      'backends[0].vendor must be one of elasticsearch-ml, opensearch-ad (did you mean "elasticsearch-ml"?)',
      'backends[0].url must not hold a user or password: use auth',
      'backends[0].auth.kind must be one of none, basic, apiKey, bearer, hmac (did you mean "basic"?)',
      'backends[1].url must begin with http:// or https://',
      'backends[1].auth.token needs the environment variable NOT_SET, which is not set',
      'backends[2].url is missing',
      'backends[2].id is the id of backends[1] as well: ids must differ',
      'backends[2].tls.caFile cannot be read from nowhere.pem: there is no such file',
    ];
    const places = placesIn(text);
    expect(faults(text.replaceAll('¶', ''), { file: 'conf.yaml' })).toEqual(
      messages.map((message, index) => `conf.yaml:${places[index]} ${message}`),
    );
  });

  it('are ten lines for ten faults', () => {
    const keys = Array.from({ length: 10 }, (_each, index) => `wrong${index}: 1`).join('\n');
    expect(faults(`${keys}\n${oneBackend}`)).toHaveLength(10);
  });

  it.each<[string, string, string]>([
    ['no backends', '¶server: {}', 'backends is missing'],
    ['an empty list of backends', 'backends: ¶[]', 'backends must not be empty'],
    ['a map where a list belongs', 'backends: ¶{ id: es }', 'backends must be a list'],
    ['a list where a map belongs', `server: ¶[1]\n${oneBackend}`, 'server must be a map of keys and values'],
    ['a file that is one text', '¶hello', 'must be a map of keys and values'],
    ['a fraction', `server: { port: ¶4000.5 }\n${oneBackend}`, 'server.port must be a whole number'],
    ['a number with a unit', `server: { shutdownTimeoutMs: ¶10s }\n${oneBackend}`, 'server.shutdownTimeoutMs must be a whole number'],
    ['a number too small', `limits: { maxDepth: ¶0 }\n${oneBackend}`, 'limits.maxDepth must be at least 1'],
    ['yes for true', `introspection: ¶yes\n${oneBackend}`, 'introspection must be true or false'],
    ['a version that YAML takes for a number', backend('version: ¶8.10'), 'backends[0].version must be text: put it in quotes'],
    ['a version that is none', backend('version: ¶latest'), 'backends[0].version must be a version like "8.17.0", in quotes'],
    [
      'a password that YAML takes for a number',
      backend('auth: { kind: basic, username: u, password: ¶12345678 }'),
      'backends[0].auth.password must be text: put it in quotes',
    ],
    [
      'a key of another kind of auth',
      backend('auth: { kind: basic, username: u, password: p, ¶token: t }'),
      'backends[0].auth.token is an unknown key; known here: kind, username, password',
    ],
    [
      'an auth without kind',
      backend('auth: ¶{ token: t }'),
      'backends[0].auth.kind is missing: it must be one of none, basic, apiKey, bearer',
    ],
    ['an auth without its key', backend('auth: ¶{ kind: bearer }'), 'backends[0].auth.token is missing'],
    [
      'a user with a colon',
      backend('auth: { kind: basic, username: ¶"a:b", password: p }'),
      'backends[0].auth.username must not hold a colon or control characters',
    ],
    [
      'an API key in two parts',
      backend('auth: { kind: apiKey, value: ¶"id:key" }'),
      'backends[0].auth.value must be the encoded form of the API key: base64 of id:key',
    ],
    [
      'a token with a line break',
      backend('auth: { kind: bearer, token: ¶"a\\nb" }'),
      'backends[0].auth.token must be printable ASCII without spaces or line breaks',
    ],
    [
      'a token of the door that can be guessed',
      `server: { auth: { kind: bearer, tokens: [¶short] } }\n${oneBackend}`,
      'server.auth.tokens[0] must be at least 16 characters',
    ],
    ['a door without tokens', `server: { auth: { kind: bearer, tokens: ¶[] } }\n${oneBackend}`, 'server.auth.tokens must not be empty'],
    ['a door of an unknown kind', `server: { auth: { kind: ¶basic } }\n${oneBackend}`, 'server.auth.kind must be bearer'],
    [
      'an origin with a path',
      `server: { allowedOrigins: [¶"https://a.example/x"] }\n${oneBackend}`,
      'server.allowedOrigins[0] must be an origin like https://app.example.com, without a path, or *',
    ],
    [
      'a host with a scheme',
      `server: { host: ¶"http://localhost" }\n${oneBackend}`,
      'server.host must be a host name or an IP address, without scheme, port or brackets',
    ],
    ['an unknown store', `store: { kind: ¶etcd, url: "http://x" }\n${oneBackend}`, 'store.kind must be one of memory, embedded, redis'],
    ['a redis without its URL', `store: ¶{ kind: redis }\n${oneBackend}`, 'store.url is missing'],
    [
      'tls over plain redis',
      `store: { kind: redis, url: "redis://r", tls: ¶{ caFile: ca.pem } }\n${oneBackend}`,
      'store.tls has no effect on a redis:// URL: use rediss:// or remove it',
    ],
    [
      'certificates of the store that are not there',
      `store: { kind: redis, url: "rediss://r", tls: { caFile: ¶nothing.pem } }\n${oneBackend}`,
      'store.tls.caFile cannot be read from nothing.pem: there is no such file',
    ],
    [
      'a prefix with a space',
      `store: { kind: redis, url: "redis://r", keyPrefix: ¶"a b" }\n${oneBackend}`,
      'store.keyPrefix must be 1 to 64 printable ASCII characters without spaces',
    ],
    [
      'polls that slow down to faster',
      backend('poll: ¶{ fastMs: 5000, slowMs: 1000 }'),
      'backends[0].poll must have a fastMs that is not above slowMs',
    ],
    [
      'tls over plain http',
      'backends: [{ id: es, vendor: elasticsearch-ml, url: "http://es", tls: ¶{ caFile: ca.pem } }]',
      'backends[0].tls has no effect on an http:// URL: use https:// or remove it',
    ],
    [
      'a url with a query',
      'backends: [{ id: es, vendor: elasticsearch-ml, url: ¶"https://es/?a=b" }]',
      'backends[0].url must end with its path: no ? and no #',
    ],
    [
      'a url that is none',
      'backends: [{ id: es, vendor: elasticsearch-ml, url: ¶"es:9200 " }]',
      'backends[0].url must begin with http:// or https://',
    ],
    [
      'a url without a scheme',
      'backends: [{ id: es, vendor: elasticsearch-ml, url: ¶"//es" }]',
      'backends[0].url must be a URL like https://es.example.com:9200/prefix',
    ],
    [
      'a key far from any other',
      `¶colour: blue\n${oneBackend}`,
      'colour is an unknown key; known here: server, limits, introspection, logLevel, store, results, backends',
    ],
    [
      'a key in another case',
      `server: { ¶max_connections: 5 }\n${oneBackend}`,
      'server.max_connections is an unknown key (did you mean "maxConnections"?)',
    ],
    [
      'a key that would reach a prototype',
      `¶__proto__: { port: 1 }\n${oneBackend}`,
      '__proto__ is an unknown key; known here: server, limits, introspection, logLevel, store, results, backends',
    ],
  ])('tell of %s', (_name, text, message) => {
    const [place] = placesIn(text);
    expect(faults(text.replace('¶', ''))).toEqual([`vigil.yaml:${place} ${message}`]);
  });

  it.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1', '::ffff:127.0.0.1'])(
    'do not tell of %s, which only this machine reaches',
    (host) => {
      expect(faults(`server: { host: "${host}" }\n${oneBackend}`)).toEqual([]);
    },
  );

  it.each(['0.0.0.0', '::', '10.0.0.1', 'gateway.example.com', '::ffff:10.0.0.1', '127.example.com'])(
    'tell of %s without auth, and not with it',
    (host) => {
      const lines = (more: string) => faults(`server: { host: "${host}"${more} }\n${oneBackend}`);
      expect(lines('')).toEqual([expect.stringContaining('server.host is reachable from other machines')]);
      expect(lines(', insecure: true')).toEqual([]);
      expect(lines(', auth: { kind: bearer, tokens: ["0123456789abcdef"] }')).toEqual([]);
    },
  );

  it('never repeat a value, whatever is wrong with it', () => {
    const secret = 'hunter2';
    const wrong = [
      `auth: { kind: ${secret} }`,
      `auth: ${secret}`,
      `auth: [${secret}]`,
      `auth: { kind: basic, username: [${secret}], password: { a: ${secret} } }`,
      `auth: { kind: bearer, token: "${secret}\\n" }`,
      `auth: { kind: apiKey, value: "id:${secret}" }`,
      `url: "https://${secret}:${secret}@es"`,
      `version: ${secret}`,
      `readOnly: ${secret}`,
      `http: { maxRetries: ${secret} }`,
      `tls: { certFile: client.pem, keyFile: client-key-encrypted.pem, passphrase: ${secret} }`,
      `auth: { kind: bearer, token: "\${${secret}!}" }`,
    ];
    for (const keys of wrong) {
      const found = faults(
        `backends:\n  - { id: es, vendor: elasticsearch-ml, ${keys.startsWith('url') ? '' : 'url: "https://es", '}${keys} }`,
      );
      expect(found, keys).not.toEqual([]);
      expect(found.join('\n'), keys).not.toContain(secret);
    }
  });
});

describe('faults of certificates', () => {
  const tls = (keys: string, baseDir = fixtures) => faults(backend(`tls: { ${keys} }`), { baseDir });

  it('are none when all fits', () => {
    expect(tls('caFile: ca.pem, certFile: client.pem, keyFile: client-key.pem')).toEqual([]);
  });

  it.each([
    ['certFile: client.pem', 'tls.certFile needs keyFile beside it'],
    ['keyFile: client-key.pem', 'tls.keyFile needs certFile beside it'],
    ['passphrase: open-sesame', 'tls.passphrase has no keyFile to open'],
    ['certFile: client.pem, keyFile: other-key.pem', 'tls.keyFile is not the key of the certificate in certFile'],
    [
      'certFile: client.pem, keyFile: client-key-encrypted.pem',
      'tls.keyFile does not hold a private key in PEM form that passphrase opens',
    ],
    [
      'certFile: client.pem, keyFile: client-key-encrypted.pem, passphrase: wrong',
      'tls.keyFile does not hold a private key in PEM form that passphrase opens',
    ],
    ['certFile: client.pem, keyFile: client.pem', 'tls.keyFile does not hold a private key in PEM form that passphrase opens'],
    ['caFile: client-key.pem', 'tls.caFile does not hold certificates in PEM form'],
    ['caFile: .', 'tls.caFile cannot be read from .: it is a folder'],
    ['caFile: ca.pem/x', 'tls.caFile cannot be read from ca.pem/x: a part of its path is not a folder'],
  ])('are told for { %s }', (keys, message) => {
    expect(tls(keys)).toEqual([expect.stringContaining(message)]);
  });

  it('are told for a certificate that is cut', () => {
    const folder = folderWith({ 'ca.pem': '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' });
    expect(tls('caFile: ca.pem', folder)).toEqual([expect.stringContaining('tls.caFile does not hold certificates in PEM form')]);
  });
});
