import type { JsonObject } from '../json.js';
import { encrypt } from './cipher.js';

const region = 'us-east-1';
const account = '123456789012';
const topic = `arn:aws:sns:${region}:${account}:sml_fed_topic`;
const queue = `https://sqs.${region}.amazonaws.com/${account}/sml_fed_node1`;

/** AwsInfo in the shape of Appendix A (6.3). */
const awsInfo: JsonObject = {
  topics: {
    [region]: [
      {
        [topic]: [
          {
            owner: account,
            protocol: 'sqs',
            endpoint: `arn:aws:sqs:${region}:${account}:sml_fed_node1`,
            subscription_arn: `${topic}:6b0e71bd-7e97-4d97-80ce-4a0994e55286`,
          },
        ],
      },
    ],
  },
  queues: { [region]: [queue] },
};

/** AwsInfo encrypted with the key of whoever asked (Federated Learning API, 6.3). */
export const encryptedAwsInfo = (secretKey: string): string => encrypt(secretKey, JSON.stringify(awsInfo));
