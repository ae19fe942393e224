import { describe, expect, it } from 'vitest';
import { faults, oneBackend } from './harness.js';

describe('YAML', () => {
  it.each([
    [
      'a missing bracket',
      'server: { port: 1',
      /^vigil\.yaml:1:18 the indentation does not fit the lines before, or a bracket is not closed/,
    ],
    ['a tab', 'server:\n\tport: 1', /^vigil\.yaml:2:1 indent with spaces/],
    ['an unclosed quote', 'logLevel: "info', /^vigil\.yaml:1:16 a closing quote/],
    ['two colons in one line', 'logLevel: a: b', /^vigil\.yaml:1:11 two keys on one line/],
    ['two documents', 'logLevel: info\n---\nlogLevel: warn', /^vigil\.yaml:2:1 the file must hold one document/],
    ['an unknown tag', 'logLevel: !secret info', /^vigil\.yaml:1:11 this ! tag is unknown/],
    ['a bad start', 'logLevel: @info', /^vigil\.yaml:1:11 a value that begins with this character must be in quotes/],
    ['a bad escape', 'logLevel: "\\q"', /^vigil\.yaml:1:12 there is no such/],
    ['an unquoted reference in braces', `backends: [{ url: \${URL} }]`, /^vigil\.yaml:1:20 .*in quotes/],
  ])('with %s is refused at its place', (_name, text, line) => {
    expect(faults(text)[0]).toMatch(line);
  });

  it('with an alias to nothing is refused', () => {
    expect(faults(`logLevel: *level\n${oneBackend}`)[0]).toBe('vigil.yaml:1:11 logLevel this alias has no anchor before it');
  });

  it('with an alias that contains itself is refused', () => {
    expect(faults(`server: &s { auth: *s }\n${oneBackend}`)).toEqual([
      'vigil.yaml:1:20 server.auth this alias stands for something that contains it',
    ]);
  });

  it('that stands for a billion values is refused', () => {
    const bomb = Array.from(
      { length: 9 },
      (_each, level) =>
        `a${level}: &a${level} [${
          level === 0
            ? 'x'
            : Array(9)
                .fill(`*a${level - 1}`)
                .join(', ')
        }]`,
    ).join('\n');
    expect(faults(`${bomb}\n${oneBackend}`)).toContain('vigil.yaml holds more than 20000 values, aliases counted');
  });

  it('with a key given twice is refused where it is given again, and judged all the same', () => {
    expect(faults(`server:\n  port: 1\n  port: 99999\n${oneBackend}`)).toEqual([
      'vigil.yaml:3:3 server.port is given twice',
      'vigil.yaml:3:9 server.port must be at most 65535',
    ]);
  });

  it('with a list for a key is refused', () => {
    expect(faults(`? [a, b]\n: 1\n${oneBackend}`)[0]).toContain('a key must be text');
  });

  it('never has its text in a fault', () => {
    for (const text of [
      'token: "hunter2',
      'a: b: hunter2',
      'a: [hunter2',
      'a: @hunter2',
      'a: !hunter2 x',
      '- hunter2\nb: 1',
      'a: {hunter2: hunter2',
      'hunter2\nb: 1',
      '\thunter2: 1',
    ]) {
      const found = faults(text);
      expect(found, text).not.toEqual([]);
      expect(found.join('\n'), text).not.toContain('hunter2');
    }
  });
});
