import type { ErrorCode } from '../../errors.js';

/** What one refusal means. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable?: boolean;
  /** It is about who asks, not about what is asked. */
  readonly ofAccess?: boolean;
  /** The server finds the date of the request too far from its own time. */
  readonly ofClock?: boolean;
}

const access = (text: RegExp, message: string) => ({ text, code: 'FORBIDDEN', message, ofAccess: true }) as const;

const clockMessage = "SymetryML does not accept the gateway's requests: its clock and the gateway's are too far apart.";
const onTheWay = 'Does something between the gateway and SymetryML take headers away?';

/** The texts of 6.x (REST API security, 6.3) and, where they differ, of 5.x (REST reference guide, 2020). */
const byText: readonly (Refusal & { readonly text: RegExp })[] = [
  access(/^Invalid User/i, 'SymetryML does not know the customer id configured for this backend.'),
  access(
    /^Invalid Signature/i,
    'SymetryML does not accept the secret key configured for this backend, or the form in which requests are signed.',
  ),
  access(/^Md5 do not match/i, 'SymetryML got another body than was signed: does something between the gateway and SymetryML change it?'),
  access(/^Authentication header (?:is null|not present)/i, `SymetryML got no signature. ${onTheWay}`),
  access(/^(?:sym-date header is null|SymetryML-date is not present)/i, `SymetryML got no date. ${onTheWay}`),
  {
    text: /^(?:Please update your server time|Invalid Request Date|Request time is after current time)/i,
    code: 'FORBIDDEN',
    message: clockMessage,
    ofAccess: true,
    ofClock: true,
  },
  access(/^Invalid Date Format/i, 'SymetryML cannot read the date in the form in which the gateway sends it.'),
  { text: /^No such job/i, code: 'NOT_FOUND', message: 'There is no such job.' },
  { text: /^[\s+]*Cannot Find SYMETRYML id/i, code: 'NOT_FOUND', message: 'There is no such project.' },
  { text: /Job execution was refused by server/i, code: 'REFUSED', message: 'SymetryML refused to start the job.' },
];

export const refusalByText = (text: string): Refusal | undefined => byText.find((rule) => rule.text.test(text));

const rejected: Refusal = {
  code: 'FORBIDDEN',
  message: 'SymetryML does not accept the credentials configured for this backend.',
  ofAccess: true,
};

/** What a refusal means by its status alone. */
export const refusalByStatus = (status: number): Refusal => {
  if (status === 401 || status === 403) return rejected;
  if (status === 400) return { code: 'INVALID_INPUT', message: 'SymetryML does not accept the request.' };
  if (status === 404) return { code: 'NOT_FOUND', message: 'SymetryML has no such thing.' };
  if (status === 409) return { code: 'CONFLICT', message: 'Something else with this name is there or under way.', retryable: false };
  if (status === 429) return { code: 'REFUSED', message: 'SymetryML has no capacity for this now.', retryable: true };
  if (status === 504) return { code: 'TIMEOUT', message: 'SymetryML did not answer in time.' };
  if (status === 503) return { code: 'BACKEND_UNAVAILABLE', message: 'SymetryML is not available now.' };
  return status >= 500
    ? { code: 'BACKEND_UNAVAILABLE', message: 'SymetryML failed while it worked on the request.' }
    : { code: 'REFUSED', message: 'SymetryML refused the request.' };
};
