import { describe, expect, it } from 'vitest';
import { faults, folderWith, load, oneBackend } from './harness.js';

const withToken = (token: string): string =>
  `backends: [{ id: es, vendor: elasticsearch-ml, url: "https://es", auth: { kind: bearer, token: '${token}' } }]`;

const tokenOf = (token: string, env: Record<string, string>, baseDir?: string): string | undefined => {
  const auth = load(withToken(token), { env, ...(baseDir ? { baseDir } : {}) }).backends[0]?.auth;
  return auth?.kind === 'bearer' ? auth.token.reveal() : undefined;
};

describe('references in values', () => {
  it('take environment variables, also within a text', () => {
    expect(tokenOf(`\${TOKEN}`, { TOKEN: 'abc' })).toBe('abc');
    expect(tokenOf(`a-\${ONE}-\${TWO}-z`, { ONE: '1', TWO: '2' })).toBe('a-1-2-z');
  });

  it('take files without their last line break', () => {
    const folder = folderWith({ unix: 'abc\n', windows: 'def\r\n', bare: 'ghi' });
    expect(tokenOf(`\${file:unix}`, {}, folder)).toBe('abc');
    expect(tokenOf(`\${file:${folder}/windows}`, {}, '/')).toBe('def');
    expect(tokenOf(`\${file:bare}`, {}, folder)).toBe('ghi');
  });

  it('take numbers and booleans where those belong', () => {
    const config = load(`server: { port: "\${PORT}", insecure: "\${LOOSE}" }\n${oneBackend}`, { env: { PORT: '4100', LOOSE: 'true' } });
    expect(config.server).toMatchObject({ port: 4100, insecure: true });
  });

  it('need no quotes outside of braces', () => {
    expect(load(`logLevel: \${LEVEL}\n${oneBackend}`, { env: { LEVEL: 'debug' } }).logLevel).toBe('debug');
  });

  it('leave what is escaped, and plain dollars', () => {
    expect(tokenOf(`$\${TOKEN}$HOME$`, { TOKEN: 'abc' })).toBe(`\${TOKEN}$HOME$`);
  });

  it('do not look for references in what they put in', () => {
    expect(tokenOf(`\${TOKEN}`, { TOKEN: `\${OTHER}$\${`, OTHER: 'x' })).toBe(`\${OTHER}$\${`);
  });

  it.each<[string, string, Record<string, string>]>([
    [`\${NOPE}`, 'needs the environment variable NOPE, which is not set', {}],
    [`\${EMPTY}`, 'needs the environment variable EMPTY, which is not set', { EMPTY: '' }],
    [`\${file:nope}`, 'cannot be read from the file nope: there is no such file', {}],
    [`\${file:empty}`, 'is taken from the file empty, which is empty', {}],
    [`\${not-a-name}`, `holds a \${…} that is neither \${NAME} nor \${file:path}; write $\${ for a plain \${`, {}],
    [`\${}`, `holds a \${…} that is neither \${NAME} nor \${file:path}; write $\${ for a plain \${`, {}],
    [`\${OPEN`, `holds a \${ without its }; write $\${ for a plain \${`, {}],
  ])('that cannot be had are one fault: %s', (token, message, env) => {
    const baseDir = folderWith({ empty: '\n' });
    expect(faults(withToken(token), { env, baseDir })).toEqual([
      `vigil.yaml:1:${withToken(token).indexOf("'") + 1} backends[0].auth.token ${message}`,
    ]);
  });

  it('are all told, also two in one value', () => {
    expect(faults(withToken(`\${A}\${B}`))).toHaveLength(2);
  });

  it('that are missing in a number, a vendor or a url are told once and not judged further', () => {
    expect(faults(`server: { port: "\${A}" }\nbackends: [{ id: "\${B}", vendor: "\${C}", url: "\${D}" }]`)).toHaveLength(4);
  });

  it('never show what they were replaced by', () => {
    const found = faults(
      `backends: [{ id: "\${S}", vendor: "\${S}", url: "\${S}", auth: { kind: "\${S}" }, tls: { caFile: ca.pem, passphrase: "\${S}" } }]`,
      { env: { S: 'HUNTER2' } },
    );
    expect(found.length).toBeGreaterThanOrEqual(4);
    expect(found.join('\n')).not.toContain('HUNTER2');
  });

  it('are too large when the file is', () => {
    const baseDir = folderWith({ large: 'x'.repeat(4 * 1024 * 1024 + 1) });
    expect(faults(withToken(`\${file:large}`), { baseDir })).toEqual([expect.stringContaining('it is larger than 4194304 bytes')]);
  });
});
