/** Every reason of Events, by its word. docs/operator.md is made of it. */
export const EVENTS = {
  RolloutStarted: {
    type: 'Normal',
    meaning: 'A new revision begins to take over: first its migration, then its steps.',
  },
  StepStarted: { type: 'Normal', meaning: 'The canary has taken the next step.' },
  Promoting: { type: 'Normal', meaning: 'The canary takes over: the judge passed its last step, or a person said so.' },
  Promoted: { type: 'Normal', meaning: 'The new revision has all pods and is the stable one.' },
  Installed: { type: 'Normal', meaning: 'The first revision has all of its pods. There was nothing to judge it by.' },
  Aborted: {
    type: 'Warning',
    meaning: 'The revision gets no pod again unless its hash changes or a person says retry. The message says why.',
  },
  CanaryFailed: {
    type: 'Warning',
    meaning: 'The judge failed the canary, and `onFailure` is pause: a person decides.',
  },
  Superseded: {
    type: 'Normal',
    meaning: 'Spec asks for another revision than the one that was rolled out: that one goes.',
  },
  Undone: { type: 'Normal', meaning: 'A person went back to a revision that was stable before.' },
  Paused: { type: 'Normal', meaning: 'The roll-out takes no step until a person says resume.' },
  Resumed: { type: 'Normal', meaning: 'The roll-out goes on.' },
  Retried: { type: 'Normal', meaning: 'An aborted revision is tried again, from its migration.' },
  Restarted: { type: 'Normal', meaning: 'The pods of a revision are replaced, one after another.' },
  ContractStarted: { type: 'Normal', meaning: 'The contract migration runs. Older revisions do not fit from now on.' },
  ContractCompleted: { type: 'Normal', meaning: 'The contract migration has run.' },
  ContractFailed: {
    type: 'Warning',
    meaning: 'The contract migration failed. Older revisions do not fit, as part of it may have run.',
  },
  CommandRefused: { type: 'Warning', meaning: 'Nothing comes of a command. The message says why.' },
  ForeignEdit: { type: 'Warning', meaning: 'Somebody changed an object of the operator’s by hand; it is put back.' },
} as const satisfies Readonly<Record<string, { readonly type: 'Normal' | 'Warning'; readonly meaning: string }>>;

export type EventReason = keyof typeof EVENTS;

/** Why a revision was aborted, beside the judge's reasons: also the reason of Stalled. */
export const ABORT_REASONS = {
  MigrationFailed: 'Its migration failed or took too long. No pod of it has run.',
  NotReady: 'Its pods were not ready in time.',
  AbortedByPerson: 'A person said abort.',
  Undone: 'A person went back to a revision that was stable before.',
} as const;

/** Further reasons of Stalled. */
export const STALLED_REASONS = {
  NotReady: 'Pods are not ready in time, and there is no other revision to go back to.',
  CanaryFailed: 'The judge failed the canary, and `onFailure` is pause: say promote, abort or resume.',
  Undecided:
    'The judge holds the canary for longer than `unknownFor` after its `hold`. The message has the judge’s reason.',
  Frozen: 'The revision that spec asks for does not fit the database since a contract migration.',
  Refused: 'The API server refuses an object of the operator’s, such as a Deployment of a template that cannot be.',
  RevisionLost: 'What a revision was made of is lost: its ControllerRevision was deleted.',
} as const;

/** Reasons of Progressing, Reconciling and Ready while all goes its way. */
export const PROGRESS_REASONS = {
  Starting: 'The new revision begins as soon as the pods of the one before it are gone.',
  Migrating: 'The migration of the new revision runs.',
  Installing: 'The first revision gets its pods.',
  Canary: 'Some pods of the new revision work beside the stable one.',
  WaitsForPerson: 'The step has no `hold`: say promote or resume.',
  Promoting: 'The new revision takes over, pod by pod.',
  Paused: 'No step is taken: `spec.paused`, or a person said pause.',
  GoingBack: 'The stable revision takes its pods back.',
  Contracting: 'A contract migration runs.',
  Scaling: 'The stable revision does not have all pods ready that it should.',
  Stable: 'What spec asks for runs.',
} as const;
