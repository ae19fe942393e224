import { createCipheriv } from 'node:crypto';
import type { Secret } from '../../../domain/index.js';
import { VigilError } from '../../../errors.js';
import { keyBytesOf } from '../secret-key.js';
import { idOf, type StartRequest } from './request.js';

/* Jobs whose request holds credentials, and is encrypted: the pages federated learning and data source of the REST API. */

/** The vendor encrypts everything with this one vector (6.3, data source API). */
const vector = Buffer.from('LzM5QUtXZXWHm7HJ4wAePg==', 'base64');

/** AES/CBC/PKCS5 with the customer's own key, in base64. */
export const encrypt = (text: string, secretKey: Secret): string => {
  const key = keyBytesOf(secretKey);
  if (![16, 24, 32].includes(key.length))
    throw new VigilError(
      'REFUSED',
      'The secret key of this backend is none that SymetryML could have issued: nothing can be encrypted with it.',
    );
  const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, key, vector);
  return cipher.update(text, 'utf8', 'base64') + cipher.final('base64');
};

/** Lists the topics and queues that a federation has at AWS. */
export interface AwsInfoInput {
  readonly project: string;
  readonly accessKey: Secret;
  readonly secretKey: Secret;
  /** Default: all regions. */
  readonly region?: string | null;
}

export const awsInfoRequest = ({ project, accessKey, secretKey, region }: AwsInfoInput, key: Secret): StartRequest => {
  const map = {
    aws_access_key: accessKey.reveal(),
    aws_secret_key: secretKey.reveal(),
    ...(typeof region !== 'string' ? {} : { aws_region: region }),
  };
  return {
    method: 'POST',
    // The sample leaves the project out, the description does not (6.3).
    path: `/fedml/${idOf(project, 'project')}/awsinfo`,
    route: 'POST /fedml/{pid}/awsinfo',
    text: encrypt(JSON.stringify(map), key),
  };
};
