import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Far above any certificate bundle, far below what would hurt. */
const maxBytes = 4 * 1024 * 1024;

/** What a file holds, or why it cannot be read, in words without its contents. */
export type FileReading = { readonly text: string } | { readonly problem: string };

const words: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'the process may not read it',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
};

/** Reads files whose relative paths start at one folder. */
export type ReadText = (path: string) => FileReading;

export const createFileReader =
  (folder: string): ReadText =>
  (path) => {
    try {
      const bytes = readFileSync(resolve(folder, path));
      if (bytes.length > maxBytes) return { problem: `it is larger than ${maxBytes} bytes` };
      return { text: bytes.toString('utf8').replace(/^\uFEFF/, '') };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown cause';
      return { problem: words[code] ?? code };
    }
  };
