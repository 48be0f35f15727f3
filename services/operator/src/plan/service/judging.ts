import { judge, type Counts, type Judgement, type Rules } from '@outrider/judge';

import type { CommerceServiceSpec, CommerceServiceStatus } from '../../api/commerce-service.js';
import { counting } from '../counting-key.js';
import { iso } from '../duration.js';
import type { Facts } from './facts.js';

type Analysis = NonNullable<CommerceServiceStatus['analysis']>;

/** The judge's word on the step that is under way. What was counted for another step says nothing about this one. */
export function judgeStep({ observed, spec, now }: Facts, status: CommerceServiceStatus): Analysis {
  const { measured, resource } = observed;
  const counted = counting({ ...resource, status });
  if (measured === undefined || counted === undefined || measured.key !== counted.key) {
    const at = status.rollout?.stepStartedAt ?? iso(now);
    return { verdict: 'hold', reason: 'CanaryUnknown', message: 'Nothing was counted yet in this step.', at };
  }
  const { canary, stable } = measured.evidence;
  return {
    ...shown(judge(measured.evidence, rulesOf(spec.rollout.analysis))),
    at: iso(measured.at),
    ...(canary !== undefined && { canary: side(canary) }),
    ...(stable !== undefined && { stable: side(stable) }),
    ...(canary !== undefined && stable !== undefined && shares(canary, stable)),
  };
}

/** The rules of a spec, as the judge takes them. */
export function rulesOf(analysis: CommerceServiceSpec['rollout']['analysis']): Rules {
  const { required, minimum, level, doubt, limits } = analysis;
  const { restarts, outOfMemoryKills, serverErrorShare } = limits;
  return {
    required,
    minimum,
    level: Number(level),
    doubt: Number(doubt),
    limits: { restarts, outOfMemoryKills, serverErrorShare: Number(serverErrorShare) },
  };
}

function shown({ verdict, reason, message, findings }: Judgement): Omit<Analysis, 'at'> {
  return {
    verdict,
    reason,
    message,
    findings: findings.map(({ measure, canary, stable, pValue }) => ({
      measure,
      canary: `${canary.failures}/${canary.trials}`,
      stable: `${stable.failures}/${stable.trials}`,
      pValue: pValue.toPrecision(2),
    })),
  };
}

const side = ({ requests, serverErrors, messages, messagesParked, ordersOverdue }: Counts) => ({
  requests,
  serverErrors,
  messages,
  messagesParked,
  ordersOverdue,
});

/** Requests are spread over pods by connections, messages by partitions: the share is told as it was, never promised. */
function shares(canary: Counts, stable: Counts): Pick<Analysis, 'requestShare' | 'messageShare'> {
  const of = (one: number, other: number): string => (one / (one + other)).toFixed(2);
  return {
    ...(canary.requests + stable.requests > 0 && { requestShare: of(canary.requests, stable.requests) }),
    ...(canary.messages + stable.messages > 0 && { messageShare: of(canary.messages, stable.messages) }),
  };
}
