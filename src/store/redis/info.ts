import type { Connection } from './connection.js';

/** A section of what the server says of itself. */
export const infoOf = async (connection: Connection, section: string): Promise<string> => String(await connection.call('INFO', section));

export const fieldOf = (info: string, name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
