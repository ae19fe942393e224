import type { SharedMessage } from './shared-message.js';

/** The way out to those who follow: one for all of them, told whom it is about, so that ten thousand cost no functions. */
export interface Outlet<F> {
  /** Whether it has read so much of what was sent that more may be sent now. */
  hasRoom(follower: F): boolean;
  /** Calls back once, when it has; never after it is gone. */
  whenRoom(follower: F, callback: () => void): void;
  send(follower: F, message: SharedMessage): void;
  /** Everything was sent. */
  completed(follower: F): void;
  /** It holds back too much: it has to be closed. */
  drop(follower: F): void;
}
