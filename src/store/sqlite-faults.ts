/** What is wrong with the medium of a store. */
export type MediumFault = 'damaged' | 'unwritable';

/** The fault an error of SQLite or of the file system stands for; undefined for errors that have nothing to do with the medium. */
export const mediumFaultOf = (error: unknown): MediumFault | undefined => {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return 'damaged';
  if (code.startsWith('SQLITE_') || /^E[A-Z]+$/.test(code)) return 'unwritable';
  // libsql 0.5 throws a plain error with an empty code when a file cannot be opened.
  return error.message.startsWith('ConnectionFailed') ? 'unwritable' : undefined;
};

/** In words for an operator. */
export const describeFault = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') return 'there is no room left on the disk, or in the size allowed';
  if (code.startsWith('SQLITE_BUSY')) return 'another program keeps the file locked';
  if (code === 'SQLITE_READONLY' || code === 'EROFS') return 'the file system is read-only';
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return 'the file is damaged';
  return code === '' ? 'the file cannot be opened' : `it failed with ${code}`;
};
