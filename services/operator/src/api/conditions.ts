/** Conditions of both kinds. Ready, Reconciling and Stalled are read by kstatus, and so by `helm --wait` and Flux. */
export const CONDITIONS = {
  Ready: 'what spec asks for is what runs, with all of its pods',
  Reconciling: 'the operator is on the way to what spec asks for',
  Stalled: 'it does not get there without a person, or without a change',
  Progressing: 'a roll-out is under way; its reason says where it is',
  MigrationCompleted: 'the migration of the revision that spec asks for has run',
  Judged: 'what the judge says of the canary',
  LagNotFalling: 'what waits is not load: more workers did not help (NoLoad), or keys are parked (KeysParked)',
} as const;

export type ConditionType = keyof typeof CONDITIONS;
