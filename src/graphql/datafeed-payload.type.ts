import 'reflect-metadata';
import { ObjectType } from 'type-graphql';
import { JobPayloadInterface } from './payload.type.js';

/* `datafeed` is a relation: datafeed-verb.resolver.ts. */

@ObjectType('StartDatafeedPayload', { implements: JobPayloadInterface, simpleResolvers: true, description: 'Answer of startDatafeed.' })
export class StartDatafeedPayloadType {}

@ObjectType('StopDatafeedPayload', { implements: JobPayloadInterface, simpleResolvers: true, description: 'Answer of stopDatafeed.' })
export class StopDatafeedPayloadType {}
