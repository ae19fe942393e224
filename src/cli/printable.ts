/**
 * Names and messages come from backends: none may steer the terminal, turn the direction of its text, or look like another. Line feeds stay, they are
 * how configuration faults are listed.
 */
export const printable = (text: string): string => text.replace(/[^\P{Cc}\n\t]|[\p{Cf}\u2028\u2029]/gu, '');

const escapeUnits = (text: string): string =>
  Array.from({ length: text.length }, (_, index) => `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`).join('');

/** The same value for programs, on one line: what a terminal would obey is escaped, which JSON itself does only for some of it. */
export const printableJson = (value: unknown): string => JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, escapeUnits);
