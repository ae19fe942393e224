import { isJsonObject, type Json } from '../json.js';
import { SimulatorError } from '../simulator-error.js';
import { isJobKind, type JobKindId } from './job-kinds.js';

/** Decisions about what the vendor does not document, and knobs of the server; all can be changed while it runs. */
export interface Settings {
  /** −5/+1 minutes (Security, 6.3); lifted to accept requests recorded long ago. */
  dateWindow: boolean;
  /** How far the server's clock is ahead of the true time, in milliseconds; the `Date` header shows it too. */
  clockOffsetMs: number;
  /** `;nanoseconds` is part of the documented format; samples of 2013 have none. */
  dateNanos: 'required' | 'optional';
  /** Which check comes first is not documented. */
  authOrder: readonly string[];
  /** The vendor's Go client sends neither Content-MD5 nor Customer-ID. */
  requireMd5: boolean;
  requireCustomerId: boolean;
  /** `sym-version` stands in samples of 5.x only. */
  requireVersion: boolean;
  /** Protection against replays is not documented. */
  replays: 'accepted' | 'refused';
  /** What stands for CanonicalizedResource. Both vendor clients sign the path as sent; samples of 5.x have it without its slash, the documents speak of the whole URL. */
  signedResource: 'path' | 'decodedPath' | 'pathWithoutSlash' | 'url';
  /** Behind a proxy that takes its base path off, the server cannot know of it. */
  signedBase: 'removed' | 'kept';

  /** `rtlm.option.job.scheduler.fixed.thread.max.pool.size`: "recommended values: 1 or 2" (Installation Guide, 6.3). */
  parallelism: number;
  /** From when on jobs are refused is not documented. */
  queueLimit: number;
  /** `false` refuses every new job. */
  acceptJobs: boolean;
  /** Kinds whose new jobs fail at half their way. */
  failKinds: readonly JobKindId[];
  /** Undocumented; the vendor's Rust client reads nothing else. */
  jobIdHeader: boolean;
  /** The server's own idea of where it is, as in all samples. */
  locationBase: string;
  /** Exploration, data-source and federation pages have 202 in text and samples but 200 in their tables. */
  startStatus: 'text' | 'table';

  /** Where `GET /jobs` has its jobs: the entity is "JobInfo[]" without a key, and elsewhere a StringList of ids (JSON API Objects, 6.3). */
  listShape: 'jobinfo' | 'jobInfoList' | 'wrapped' | 'stringList' | 'bareStringList';
  /** The documents print the sentence of a finished job. */
  listStatus: string;
  /** "All the currently created on the computer": perhaps those of other customers too. */
  listOwners: 'all' | 'own';
  /** Whether the list, too, takes finished jobs away. */
  listConsumes: boolean;

  /** The samples of a 202 are empty, their text promises a JobInfo. */
  runningBody: 'jobinfo' | 'empty';
  /** `startingDate` of a queued job. */
  beforeStart: 'zero' | 'absent' | 'null';
  /** Every other date of the API counts milliseconds. */
  dateUnit: 'ms' | 's';
  /** `maximum` has a meaning for data-source and reducer jobs only. */
  maximum: 'known' | 'zero' | 'absent';
  /** Literal job types are not documented: names of the Job Information page, or labels of the GUI. */
  jobTypes: 'names' | 'labels';
  /** Keys of `details` are not documented. */
  details: 'full' | 'empty' | 'absent';

  /** A finished job is removed once its status was asked for (Installation Guide, `jobreaper.run.period`). */
  consume: boolean;
  /** How a failed job shows: by the general table of codes a 500; or as finished, without entity. */
  failure: '500' | 'finished';
  /** Whether reading a failed job removes it too. */
  consumeFailed: boolean;
  /** `jobreaper.run.period`, in real milliseconds whatever the speed; default and unit are not documented. */
  reaperPeriodMs: number;
  /** `jobreaper.job.expiration`, as above. */
  expirationMs: number;

  /** What DELETE answers 202 for. */
  notKillable: readonly JobKindId[];
  killQueued: boolean;
  /** DELETE of a finished job nobody has read yet. */
  killFinished: 'refused' | 'unknown' | 'removed';
  /** What GET shows after a kill: no such job, or a finished one without entity. */
  afterKill: 'gone' | 'finished';
  /** Whether another customer's job can be read and killed. */
  foreignJobs: 'hidden' | 'open';

  /** The page of data sources has a sample with ProjectInfo and a table without entity. */
  dsUpdateEntity: 'smlInfo' | 'none';
  /** No entity is stated for a finished automatic selection. */
  autoSelectEntity: 'none' | 'jobinfo';
}

/** What a server does unless told otherwise. */
export const initialSettings: Settings = {
  dateWindow: true,
  clockOffsetMs: 0,
  dateNanos: 'required',
  authOrder: ['authorization', 'date', 'user', 'md5', 'signature'],
  requireMd5: false,
  requireCustomerId: false,
  requireVersion: false,
  replays: 'accepted',
  signedResource: 'path',
  signedBase: 'removed',
  parallelism: 2,
  queueLimit: 1000,
  acceptJobs: true,
  failKinds: [],
  jobIdHeader: true,
  locationBase: 'http://charm:8080',
  startStatus: 'text',
  listShape: 'jobinfo',
  listStatus: 'Job is finished',
  listOwners: 'all',
  listConsumes: false,
  runningBody: 'jobinfo',
  beforeStart: 'zero',
  dateUnit: 'ms',
  maximum: 'known',
  jobTypes: 'names',
  details: 'full',
  consume: true,
  failure: '500',
  consumeFailed: false,
  reaperPeriodMs: 60_000,
  expirationMs: 600_000,
  notKillable: ['build', 'projectInfo', 'projectInfoList', 'awsInfo'],
  killQueued: true,
  killFinished: 'refused',
  afterKill: 'gone',
  foreignJobs: 'hidden',
  dsUpdateEntity: 'smlInfo',
  autoSelectEntity: 'none',
};

const choices: Readonly<Record<string, readonly string[]>> = {
  dateNanos: ['required', 'optional'],
  replays: ['accepted', 'refused'],
  signedResource: ['path', 'decodedPath', 'pathWithoutSlash', 'url'],
  signedBase: ['removed', 'kept'],
  startStatus: ['text', 'table'],
  listShape: ['jobinfo', 'jobInfoList', 'wrapped', 'stringList', 'bareStringList'],
  listOwners: ['all', 'own'],
  runningBody: ['jobinfo', 'empty'],
  beforeStart: ['zero', 'absent', 'null'],
  dateUnit: ['ms', 's'],
  maximum: ['known', 'zero', 'absent'],
  jobTypes: ['names', 'labels'],
  details: ['full', 'empty', 'absent'],
  failure: ['500', 'finished'],
  killFinished: ['refused', 'unknown', 'removed'],
  afterKill: ['gone', 'finished'],
  foreignJobs: ['hidden', 'open'],
  dsUpdateEntity: ['smlInfo', 'none'],
  autoSelectEntity: ['none', 'jobinfo'],
};

const isCheck = (name: string) => initialSettings.authOrder.includes(name);

function fits(key: string, value: Json | undefined): boolean {
  const initial = new Map<string, unknown>(Object.entries(initialSettings)).get(key);
  if (Array.isArray(initial)) {
    const known = key === 'authOrder' ? isCheck : isJobKind;
    return Array.isArray(value) && value.every((one: Json) => typeof one === 'string' && known(one));
  }
  if (typeof value === 'number' && key !== 'clockOffsetMs' && !(value >= (key === 'parallelism' ? 1 : 0))) return false;
  return initial !== undefined && typeof value === typeof initial && (choices[key]?.includes(String(value)) ?? true);
}

/** Changes settings by JSON; nothing is changed where anything is wrong. */
export function changeSettings(settings: Settings, body: Json | undefined): void {
  if (!isJsonObject(body)) throw new SimulatorError('settings must be a JSON object');
  const wrong = Object.entries(body).find(([key, value]) => !fits(key, value));
  if (wrong !== undefined) throw new SimulatorError(`setting "${wrong[0]}" is unknown or has no such value`);
  Object.assign(settings, body);
}
