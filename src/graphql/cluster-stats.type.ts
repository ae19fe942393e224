import 'reflect-metadata';
import { ObjectType } from 'type-graphql';
import { NodeInterface } from './node.type.js';

@ObjectType('ClusterStats', { implements: NodeInterface, simpleResolvers: true, description: 'Statistics of a whole cluster.' })
export class ClusterStatsType implements NodeInterface {
  id!: string;
}
