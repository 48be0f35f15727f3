import type { CommerceService, CommerceServiceStatus } from '@outrider/operator/api';
import type { Screen } from '../cli/screen.js';

/** How a roll-out stands, as an exit code: 0 nothing goes on and all is well, 3 it is under way, 4 it needs a person. */
export const EXIT = { stable: 0, underWay: 3, needsPerson: 4 } as const;

/**
 * How a service stands. What is in the status about an older spec says nothing: until it was seen, it is under way.
 */
export function exitOf({ metadata, status }: CommerceService): number {
  if (status?.observedGeneration !== metadata.generation) return EXIT.underWay;
  const holds = (type: string): boolean =>
    status?.conditions?.some((one) => one.type === type && one.status === 'True') === true;
  if (holds('Stalled') || status?.phase === 'Aborted' || status?.phase === 'Paused') return EXIT.needsPerson;
  return holds('Ready') ? EXIT.stable : EXIT.underWay;
}

/** The revision that was stable before the present one. */
export function previousOf({ history = [], stableRevision }: CommerceServiceStatus): string | undefined {
  return history.find(({ revision }) => revision !== stableRevision)?.revision;
}

/** One line for each state that a person wants to know of while it changes. */
export function lineOf({ metadata, status = {} }: CommerceService): string {
  const { phase = 'Unknown', step, canaryRevision, stableRevision, analysis, replicas = 0, readyReplicas = 0 } = status;
  const parts = [
    `${metadata.name} ${phase}`,
    step === undefined ? '' : `step ${step}`,
    `stable ${stableRevision ?? '–'}, ${readyReplicas} of ${replicas} pods ready`,
    canaryRevision === undefined ? '' : `canary ${canaryRevision}`,
    analysis === undefined ? '' : `${analysis.verdict}: ${analysis.message}`,
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/** Everything that a person needs to decide: where it stands, what both sides did, what is wrong. */
export function showRollout(screen: Screen, service: CommerceService): void {
  const { metadata, spec, status = {} } = service;
  const { stableRevision = '–', canaryRevision, specRevision, phase = 'Unknown', step, rollout, analysis } = status;
  const previous = previousOf(status);
  screen.heading(`${metadata.namespace}/${metadata.name}: ${phase}`);
  screen.rows([
    ['stable', stableRevision, `${status.readyReplicas ?? 0} of ${status.replicas ?? 0} pods ready`],
    ...(canaryRevision === undefined ? [] : [['canary', canaryRevision, step === undefined ? '' : `step ${step}`]]),
    ...(specRevision === undefined || specRevision === stableRevision || specRevision === canaryRevision
      ? []
      : [['spec', specRevision, 'is not rolled out']]),
    ...(previous === undefined ? [] : [['previous', previous, 'undo goes back to it']]),
  ]);
  if (metadata.generation !== status.observedGeneration) screen.item('The operator has not seen the newest spec yet.');
  if (spec.paused) screen.item('spec.paused is true: no revision takes a step.');
  if (rollout?.paused === true) screen.item(`Paused: ${rollout.pausedBecause ?? 'a person said so.'}`);
  if (analysis !== undefined) showAnalysis(screen, analysis);
  const wrong = (status.conditions ?? []).filter(({ type, status: value }) =>
    type === 'Ready' || type === 'MigrationCompleted' ? value === 'False' : type === 'Stalled' && value === 'True',
  );
  if (wrong.length > 0) {
    screen.heading('Conditions');
    screen.rows(wrong.map(({ type, status: value, reason, message }) => [`${type}=${value}`, reason, message]));
  }
  for (const { revision, reason, message } of status.aborted ?? []) {
    screen.heading(`Aborted: ${revision}`);
    screen.item(`${reason}: ${message}`);
  }
}

function showAnalysis(screen: Screen, analysis: NonNullable<CommerceServiceStatus['analysis']>): void {
  const { verdict, reason, message, at, findings = [], canary, stable, requestShare, messageShare } = analysis;
  screen.heading(`Verdict: ${verdict}`);
  screen.item(`${reason}: ${message} (${at})`);
  const number = (value: number | undefined): string => (value === undefined ? '–' : String(value));
  screen.rows(
    [
      ['', 'canary', 'stable', 'by chance'],
      ...findings.map(({ measure, canary: ofCanary, stable: ofStable, pValue }) => [
        `${measure}, failed/counted`,
        ofCanary,
        ofStable,
        pValue,
      ]),
      ['orders overdue', number(canary?.ordersOverdue), number(stable?.ordersOverdue), ''],
      ['messages parked', number(canary?.messagesParked), number(stable?.messagesParked), ''],
    ],
    [1, 2, 3],
  );
  const shares = [
    ...(requestShare === undefined ? [] : [`${requestShare} of the requests`]),
    ...(messageShare === undefined ? [] : [`${messageShare} of the messages`]),
  ];
  if (shares.length > 0) screen.item(`The canary had ${shares.join(' and ')}.`);
}
