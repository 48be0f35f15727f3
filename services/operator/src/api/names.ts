/** Names that people and programs may rely on: of the API group, of labels, of annotations that are commands. */

export const GROUP = 'commerce.outrider.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

export const COMMERCE_SERVICE = { kind: 'CommerceService', plural: 'commerceservices', short: 'csvc' } as const;
export const OUTBOX_WORKER = { kind: 'OutboxWorker', plural: 'outboxworkers', short: 'obw' } as const;

/** The manager of the fields that the operator sets. */
export const FIELD_MANAGER = 'outrider-operator';

/** On everything that the operator makes: the name of the resource that it belongs to. */
export const OWNER_LABEL = `${GROUP}/owner`;
/** On Deployments, Jobs, ControllerRevisions and pods: which revision they are of. */
export const REVISION_LABEL = `${GROUP}/revision`;
/** On Jobs: expand or contract. */
export const PHASE_LABEL = `${GROUP}/phase`;
/** On Jobs: how often the migration of this revision was tried; counts from 1. */
export const ATTEMPT_LABEL = `${GROUP}/attempt`;
/** On pods: when a person asked for their restart. */
export const RESTARTED_ANNOTATION = `${GROUP}/restarted-at`;

/** On Deployments: what their template was made of. What a template lost is not to be seen of what the API server shows. */
export const TEMPLATE_ANNOTATION = `${GROUP}/template`;

/**
 * Commands, as annotations `commerce.outrider.dev/<command>=<revision>`. In this order, where several are given at once:
 * what stops comes before what goes on.
 */
export const COMMANDS = ['abort', 'pause', 'undo', 'promote', 'resume', 'retry', 'restart', 'contract'] as const;
export type CommandName = (typeof COMMANDS)[number];

export const commandAnnotation = (command: CommandName): string => `${GROUP}/${command}`;
