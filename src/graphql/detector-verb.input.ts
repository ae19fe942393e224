import 'reflect-metadata';
import { Field, ID, InputType, Int } from 'type-graphql';
import type { DetectorRun } from '../domain/index.js';
import { DetectorRunEnum } from './enums.js';
import { DateTimeScalar } from './scalars.js';
import { VerbInput } from './verb-base.input.js';

const detectorId = 'Global id of the detector.';
const detectorIds = 'Global ids of the detectors, 1 to 500. Each gets its own outcome; one that is wrong does not stop the others.';

@InputType('DateRangeInput', { description: 'From start (included) to end (excluded).' })
class DateRangeInput {
  @Field(() => DateTimeScalar, { description: 'First instant in the range.' })
  start!: number;

  @Field(() => DateTimeScalar, { description: 'First instant after the range; later than `start`.' })
  end!: number;
}

/** What all verbs on detectors have in common; no type of the schema by itself. */
@InputType('DetectorVerbInput')
abstract class DetectorVerbInput extends VerbInput {
  @Field(() => DetectorRunEnum, { description: 'Which of the two runs.' })
  run!: DetectorRun;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether a run that is already as wanted (stopped, or started, a historical one over the same range) counts as done, so that `errors` is empty. Absent or null: no, it is a WrongStateError.',
  })
  idempotent?: boolean | null;
}

/** What startDetector and startDetectors have in common; no type of the schema by itself. */
@InputType('StartInput')
abstract class StartInput extends DetectorVerbInput {
  @Field(() => DateRangeInput, {
    nullable: true,
    description: 'What a HISTORICAL run analyses: it may not be absent or null for it, and has to be for REALTIME.',
  })
  dateRange?: DateRangeInput | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'The answer waits so many milliseconds for a historical run to end, for a real-time run to be RUNNING or to fail, so that `task` and `errors` tell what came of it; at most 600000. When the time is over, `task` tells where it stands, which is no error. Absent or null: it does not wait.',
  })
  waitMs?: number | null;
}

/** What stopDetector and stopDetectors have in common; no type of the schema by itself. */
@InputType('StopInput')
abstract class StopInput extends DetectorVerbInput {
  @Field(() => Int, {
    nullable: true,
    description:
      'The answer waits so many milliseconds for the run to have stopped, so that `task` and `errors` tell the outcome; at most 600000. When the time is over, `task` tells where it stands, which is no error. Absent or null: it does not wait.',
  })
  waitMs?: number | null;
}

@InputType('StartDetectorInput', { description: 'Input of startDetector.' })
export class StartDetectorInput extends StartInput {
  @Field(() => ID, { description: detectorId })
  detectorId!: string;
}

@InputType('StartDetectorsInput', { description: 'Input of startDetectors: startDetector for many.' })
export class StartDetectorsInput extends StartInput {
  @Field(() => [ID], { description: detectorIds })
  detectorIds!: string[];
}

@InputType('StopDetectorInput', { description: 'Input of stopDetector.' })
export class StopDetectorInput extends StopInput {
  @Field(() => ID, { description: detectorId })
  detectorId!: string;
}

@InputType('StopDetectorsInput', { description: 'Input of stopDetectors: stopDetector for many.' })
export class StopDetectorsInput extends StopInput {
  @Field(() => [ID], { description: detectorIds })
  detectorIds!: string[];
}
