import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { spoken } from '../spoken.js';

/** The built gateway as a process of its own, without this process's environment and without loading the product's sources here. */
export interface GatewayProcess {
  readonly process: ChildProcess;
  /** All that it has printed. */
  printed(): string;
  /** Where it answers; rejects with what it printed when it ends before. */
  readonly url: Promise<string>;
  readonly exitCode: Promise<number | null>;
}

const main = resolve('dist/main.js');
const answersAt = /answers at (http:\S+)/;

export const startGatewayProcess = (config: string, folder: string): GatewayProcess => {
  if (!existsSync(main)) throw new TypeError('dist/main.js is missing: run "npm run build" first ("npm test" does).');
  const child = spawn(process.execPath, [main, 'serve', '--config', config], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const printed = (): string => text;
  spoken.hear('the output of a gateway', printed);
  const exitCode = once(child, 'close').then(([code]) => code as number | null);
  const url = new Promise<string>((found, failed) => {
    const hear = (piece: Buffer): void => {
      text += piece.toString('utf8');
      const [, address] = answersAt.exec(text) ?? [];
      if (address !== undefined) found(address);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    void exitCode.then(() => failed(new TypeError(`it ended: ${text}`)));
  });
  url.catch(() => undefined);
  return { process: child, printed, url, exitCode };
};
