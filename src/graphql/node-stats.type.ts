import 'reflect-metadata';
import { Field, ObjectType } from 'type-graphql';
import { NodeInterface } from './node.type.js';

@ObjectType('NodeStats', { implements: NodeInterface, simpleResolvers: true, description: "A node of a backend's cluster." })
export class NodeStatsType implements NodeInterface {
  id!: string;

  @Field(() => String, { description: "The vendor's id." })
  nativeId!: string;
}
