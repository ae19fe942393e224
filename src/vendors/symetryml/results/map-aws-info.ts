import type { AwsInfoEntity } from './entities.js';
import type { JsonTree } from './json-tree.js';
import { memberOf } from './json-tree.js';

const entriesOf = (tree: JsonTree | undefined): readonly (readonly [string, JsonTree])[] => (tree?.kind === 'object' ? tree.entries : []);
const itemsOf = (tree: JsonTree | undefined): readonly JsonTree[] => (tree?.kind === 'array' ? tree.items : []);
const stringOf = (tree: JsonTree | undefined): readonly string[] => (tree?.kind === 'string' ? [tree.text] : []);

/**
 * AwsInfo (SymetryML 6.3, Federated Learning with AWS): `{"topics": {region: [{arn: [{"endpoint", …}]}]}, "queues": {region: [url]}}`.
 * Undefined when it has neither.
 */
export const mapAwsInfo = (tree: JsonTree): Pick<AwsInfoEntity, 'topics' | 'queues'> | undefined => {
  const topics = memberOf(tree, 'topics');
  const queues = memberOf(tree, 'queues');
  if (topics?.kind !== 'object' && queues?.kind !== 'object') return undefined;
  return {
    topics: entriesOf(topics).flatMap(([region, list]) =>
      itemsOf(list)
        .flatMap(entriesOf)
        .map(([arn, subscriptions]) => ({
          region,
          arn,
          endpoints: itemsOf(subscriptions).flatMap((subscription) => stringOf(memberOf(subscription, 'endpoint'))),
        })),
    ),
    queues: entriesOf(queues).flatMap(([region, list]) =>
      itemsOf(list).flatMap((url) => stringOf(url).map((text) => ({ region, url: text }))),
    ),
  };
};
