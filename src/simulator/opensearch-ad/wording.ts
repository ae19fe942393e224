/** Texts and statuses that changed in 2.15, as recorded from 2.11 and 2.19. */
export interface Wording {
  readonly unknownDetector: (id: string) => string;
  /** Status of a PUT, and of a profile, of an unknown detector. */
  readonly unknownStatus: { readonly update: number; readonly profile: number; readonly profileOnVirgin: number };
  readonly duplicateName: (name: string, otherId: string) => { readonly status: number; readonly reason: string };
  readonly nameMissing: string;
  readonly nameInvalid: string;
  readonly validationType: string;
  readonly updateConflict: (id: string) => string;
  readonly infoFailed: string;
  readonly windowDelay: (minutes: number) => string;
  readonly noFeatures: string;
  readonly noEnabledFeatures: string;
  readonly historicalRunning: string;
  readonly changeWhileHistorical: { readonly status: number; readonly reason: string };
  readonly changeWhileJob: (id: string) => string;
  readonly alreadyStopped: (id: string) => string;
  readonly disabled: (setting: string) => string;
  readonly emptyWindow: (id: string, from: number, to: number) => string;
}

export const wording: Wording = {
  unknownDetector: (id) => `Can't find config with id: ${id}`,
  unknownStatus: { update: 404, profile: 404, profileOnVirgin: 404 },
  duplicateName: (name) => ({
    status: 409,
    reason: `Cannot create anomaly detector with name [${name}] as it's already used by another detector`,
  }),
  nameMissing: 'name should be set',
  nameInvalid: 'Valid characters for name are a-z, A-Z, 0-9, -(hyphen), _(underscore) and .(period)',
  validationType: 'validation_exception',
  updateConflict: (id) => `There was a problem updating the config:[${id}]`,
  infoFailed: 'Fail to get config info',
  windowDelay: (minutes) =>
    `Latest seen data point is at least ${minutes} minutes ago. Consider changing window delay to at least ${minutes} minutes.`,
  noFeatures: "Can't start job as no features configured",
  noEnabledFeatures: "Can't start job as no enabled features configured",
  historicalRunning: 'Config is already running',
  changeWhileHistorical: { status: 400, reason: 'Historical is running' },
  changeWhileJob: (id) => `Job is running: ${id}`,
  alreadyStopped: (id) => `job is already stopped: ${id}`,
  disabled: (setting) => `AD functionality is disabled. To enable update ${setting} to true`,
  emptyWindow: (id, from, to) => `No data in current window between ${from} and ${to} for ${id}`,
};

/** Up to 2.14. */
export const olderWording: Wording = {
  unknownDetector: (id) => `Can't find detector with id: ${id}`,
  unknownStatus: { update: 400, profile: 400, profileOnVirgin: 500 },
  duplicateName: (name, otherId) => ({
    status: 500,
    reason: `Cannot create anomaly detector with name [${name}] as it's already used by detector [${otherId}]`,
  }),
  nameMissing: 'Detector name should be set',
  nameInvalid: 'Valid characters for detector name are a-z, A-Z, 0-9, -(hyphen), _(underscore) and .(period)',
  validationType: 'a_d_validation_exception',
  updateConflict: (id) => `There was a problem updating the historical detector:[${id}]`,
  infoFailed: 'Fail to get detector info',
  windowDelay: (minutes) =>
    `Latest seen data point is at least ${minutes} minutes ago, consider changing window delay to at least ${minutes} minutes.`,
  noFeatures: "Can't start detector job as no features configured",
  noEnabledFeatures: "Can't start detector job as no enabled features configured",
  historicalRunning: 'Detector is already running',
  changeWhileHistorical: { status: 500, reason: 'Detector is running' },
  changeWhileJob: (id) => `Detector job is running: ${id}`,
  alreadyStopped: (id) => `Anomaly detector job is already stopped: ${id}`,
  disabled: (setting) => `AD plugin is disabled. To enable update ${setting} to true`,
  emptyWindow: () => 'No data in current detection window',
};
