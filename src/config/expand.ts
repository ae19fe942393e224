import type { ReadText } from './files.js';

/** Names and values as the process was given them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a text stands for, and what in it cannot be had. */
export interface Expansion {
  readonly text: string;
  readonly problems: readonly string[];
}

const variable = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Replaces `${NAME}` by an environment variable and `${file:path}` by a file's contents without its last line break. `$${` stands for `${`.
 * What is put in is not looked at again: a secret may hold anything.
 */
export const expandText = (text: string, environment: Environment, readText: ReadText): Expansion => {
  const problems: string[] = [];
  const fail = (problem: string): string => {
    problems.push(problem);
    return '';
  };

  const resolve = (reference: string): string => {
    if (reference.startsWith('file:')) {
      const path = reference.slice('file:'.length).trim();
      const reading = readText(path);
      if ('problem' in reading) return fail(`cannot be read from the file ${path}: ${reading.problem}`);
      const contents = reading.text.replace(/\r?\n$/, '');
      return contents === '' ? fail(`is taken from the file ${path}, which is empty`) : contents;
    }
    // Not repeated in the message: it may be a secret somebody put between the braces.
    if (!variable.test(reference)) return fail(`holds a \${…} that is neither \${NAME} nor \${file:path}; write $\${ for a plain \${`);
    const value = environment[reference];
    return value === undefined || value === '' ? fail(`needs the environment variable ${reference}, which is not set`) : value;
  };

  const expanded = text.replaceAll(/\$\$\{|\$\{([^{}]*)\}|\$\{/g, (match, reference: string | undefined) => {
    if (match === '$${') return '${';
    return reference === undefined ? fail(`holds a \${ without its }; write $\${ for a plain \${`) : resolve(reference);
  });
  return { text: expanded, problems };
};
