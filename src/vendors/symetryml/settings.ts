import type { Connection, VendorSetting } from '../../domain/index.js';
import { VigilError } from '../../errors.js';
import type { Account } from './endpoint.js';
import { type PathForm, pathForms } from './sign.js';

/** What else this vendor takes in vigil.yaml. */
export const settings = {
  /** Sent as `sym-version`. */
  symVersion: { must: 'must be a version of the API in quotes, as "6.3"', pattern: /^\d{1,4}(?:\.\d{1,4}){0,3}$/ },
  /** Sent as `sym-client`. */
  symClient: { must: 'must be 1 to 64 letters, digits, dots, dashes and underscores', pattern: /^[A-Za-z0-9._-]{1,64}$/ },
  /** How the path stands in what is signed. */
  pathForm: { must: `must be one of ${pathForms.join(', ')}`, pattern: new RegExp(`^(?:${pathForms.join('|')})$`) },
} as const satisfies Readonly<Record<string, VendorSetting>>;

const isPathForm = (text: string | undefined): text is PathForm => pathForms.some((form) => form === text);

/** It stands in the path of every request, which is signed as it is. */
const customerIdPattern = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/;

/** Who the gateway is for the server of this connection. Throws INVALID_INPUT. */
export const accountOf = ({ key, auth, settings: own = {} }: Connection): Account => {
  if (auth.kind !== 'hmac')
    throw new VigilError('INVALID_INPUT', `The backend ${key} needs \`auth\` of the kind hmac: SymetryML takes signed requests only.`);
  if (!customerIdPattern.test(auth.customerId))
    throw new VigilError(
      'INVALID_INPUT',
      `The customer id of the backend ${key} may hold letters, digits, dots, dashes and underscores only.`,
    );
  const wrong = Object.entries(settings).find(([name, { pattern }]) => own[name] !== undefined && !pattern.test(own[name]));
  if (wrong) throw new VigilError('INVALID_INPUT', `The setting ${wrong[0]} of the backend ${key} ${wrong[1].must}.`);
  const { symVersion, symClient, pathForm } = own;
  return {
    customerId: auth.customerId,
    secretKey: auth.secretKey,
    ...(symVersion === undefined ? {} : { symVersion }),
    ...(symClient === undefined ? {} : { symClient }),
    ...(isPathForm(pathForm) ? { pathForm } : {}),
  };
};
