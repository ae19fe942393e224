import type { z } from 'zod';
import type { Fault, Path } from './faults.js';
import { keysAt } from './keys.js';
import type { ConfigSchema } from './schema.js';
import { didYouMean } from './suggest.js';
import { at, type Places, type Tree } from './tree.js';

type Issue = z.core.$ZodIssue;

const kinds: Readonly<Record<string, string>> = {
  string: 'must be text',
  number: 'must be a whole number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be a map of keys and values',
  record: 'must be a map of keys and values',
};

const units: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' };

/** How a choice is told: `must be one of …`, with a guess at what was meant. */
export const oneOf = (options: readonly unknown[], found: Tree): string =>
  `must be ${options.length === 1 ? '' : 'one of '}${options.map(String).join(', ')}${didYouMean(found, options.map(String))}`;

const typeWords = (expected: string, found: Tree): string => {
  if (found === undefined) return 'is missing';
  const quote = expected === 'string' && (typeof found === 'number' || typeof found === 'boolean') ? ': put it in quotes' : '';
  return `${kinds[expected] ?? `must be ${expected}`}${quote}`;
};

const words = (issue: Issue, found: Tree): string => {
  switch (issue.code) {
    case 'invalid_type':
      return typeWords(issue.expected, found);
    case 'too_small':
      return issue.minimum === 1 && issue.origin in units
        ? 'must not be empty'
        : `must be at least ${issue.minimum}${units[issue.origin] ?? ''}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${units[issue.origin] ?? ''}`;
    case 'invalid_value':
      return found === undefined ? `is missing: it ${oneOf(issue.values, undefined)}` : oneOf(issue.values, found);
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options)
        ? found === undefined
          ? `is missing: it ${oneOf(issue.options, undefined)}`
          : oneOf(issue.options, found)
        : issue.message;
    default:
      return issue.message;
  }
};

const pathOf = (issue: Issue): Path => issue.path.map((step) => (typeof step === 'number' ? step : String(step)));

/** What the schema finds wrong, in our words and at its place. An unknown key is a fault of its own, and points at the key. */
export const faultsOf = (issues: readonly Issue[], schema: ConfigSchema, tree: Tree, places: Places): readonly Fault[] =>
  issues.flatMap((issue): readonly Fault[] => {
    const path = pathOf(issue);
    if (issue.code !== 'unrecognized_keys') return [{ place: places.of(path), path, message: words(issue, at(tree, path)) }];
    const allowed = keysAt(schema, tree, path);
    return issue.keys.map((key) => {
      const guess = didYouMean(key, allowed);
      const message = `is an unknown key${guess === '' ? `; known here: ${allowed.join(', ')}` : guess}`;
      return { place: places.ofKey([...path, key]), path: [...path, key], message };
    });
  });
