import { setImmediate as breathe } from 'node:timers/promises';
import type { KeptBody } from '../../../domain/index.js';
import { type BodyIndex, bodyIndexFormat, type EntityIndex } from './body-index.js';
import { createFrameIndexer, type FrameIndexer, frameKeys } from './frame-index.js';
import { createScanner, type ScanFault, tokens } from './json-scanner.js';
import { tokenText } from './json-text.js';

/** Far above what any job hands over (three); a body with more is damaged or hostile. */
const maxEntities = 128;
/** Each costs up to some hundred kilobytes of index. */
const maxFrames = 4;
const maxWordCharacters = 1000;

/** Containers around the parts of an envelope: its members, the entities, what is inside an entity that may be cut by a piece's end. */
const memberDepth = 1;
const entityDepth = 2;
const keepDepth = 4;

/** A piece of a body this large is scanned in some milliseconds; other work gets its turn after it. */
const turnBytes = 1024 * 1024;

const short = (text: string): string => (text.length > maxWordCharacters ? `${text.slice(0, maxWordCharacters - 1)}…` : text);

/** Makes an index from bytes as they arrive, with memory that does not depend on how many arrive. */
export interface BodyIndexer {
  write(piece: Uint8Array): void;
  /** Says that nothing follows. Never throws for what was written: see `damage`. */
  finish(): BodyIndex;
}

export const createBodyIndexer = (): BodyIndexer => {
  const entities: EntityIndex[] = [];
  let statusCode: string | null = null;
  let statusString: string | null = null;
  let size = 0;
  let member = '';
  let inValues = false;
  let name = '';
  let from = -1;
  let frame: FrameIndexer | null = null;
  let frames = 0;
  let damage: ScanFault | null = null;

  const fail = (at: number, reason: string): void => {
    damage ??= { at, reason };
  };

  const text = (): string => {
    const bytes = scanner.bytes();
    return bytes === null ? '…' : short(tokenText(bytes, 0, bytes.length));
  };

  const addEntity = (to: number, complete: boolean): void => {
    const found = complete && frame !== null ? frame.finish() : { frame: null, notAFrame: null };
    entities.push({ name, from, to, complete, ...found });
    frame = null;
    from = -1;
  };

  const onMember = (kind: number, start: number): void => {
    // The schema of SymetryML 6.3 spells "statusCode " with a blank at the end; no sample does.
    if (kind === tokens.key) member = text().trimEnd();
    else if (member === 'values') {
      inValues = kind === tokens.openObject;
      if (kind !== tokens.closeObject && kind !== tokens.openObject && text() !== 'null') fail(start, 'The values are no object.');
    } else if (kind === tokens.string || kind === tokens.scalar) {
      if (member === 'statusCode') statusCode = text();
      if (member === 'statusString') statusString = text();
    }
  };

  const onEntity = (kind: number, start: number, end: number): void => {
    if (kind === tokens.key) name = text();
    else if (kind === tokens.closeObject || kind === tokens.closeArray) addEntity(end, true);
    else if (entities.length === maxEntities) fail(start, `It has more than ${maxEntities} entities.`);
    else {
      from = start;
      if (kind !== tokens.openObject && kind !== tokens.openArray) addEntity(end, true);
      else if (kind === tokens.openObject && frameKeys.has(name) && frames < maxFrames) {
        frames += 1;
        frame = createFrameIndexer();
      }
    }
  };

  const onToken = (kind: number, start: number, end: number, depth: number): void => {
    if (damage !== null) return;
    if (depth > entityDepth) frame?.token(kind, start, depth, scanner.bytes);
    else if (depth === entityDepth) {
      if (inValues) onEntity(kind, start, end);
    } else if (depth === memberDepth) onMember(kind, start);
    else if (kind !== tokens.openObject && kind !== tokens.closeObject) fail(start, 'It is no object.');
  };

  const scanner = createScanner({ onToken, keepDepth });

  return {
    write: (piece) => {
      size += piece.length;
      if (damage !== null) return;
      scanner.write(piece);
      damage ??= scanner.fault;
    },
    finish: () => {
      scanner.end();
      damage ??= scanner.fault;
      if (damage !== null && from >= 0) addEntity(size, false);
      return { format: bodyIndexFormat, size, statusCode, statusString, entities, damage };
    },
  };
};

/** One pass over a stored body. Other work gets its turn after each megabyte. */
export const indexBody = async (body: KeptBody): Promise<BodyIndex> => {
  const indexer = createBodyIndexer();
  let sinceTurn = 0;
  for await (const piece of body.stream()) {
    for (let at = 0; at < piece.length; at += turnBytes) {
      const part = piece.subarray(at, at + turnBytes);
      indexer.write(part);
      sinceTurn += part.length;
      if (sinceTurn >= turnBytes) {
        sinceTurn = 0;
        await breathe();
      }
    }
  }
  return indexer.finish();
};
