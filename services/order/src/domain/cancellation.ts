import type { Saga } from './saga-state.js';

/** Whether an order can be cancelled as it stands: until it is completed, unless it is being undone for another reason. */
export function cancellationOf(saga: Pick<Saga, 'step' | 'cancelRequested'>): 'possible' | 'asked-before' | 'too-late' {
  if (saga.cancelRequested) return 'asked-before';
  switch (saga.step) {
    case 'RESERVING':
    case 'CHECKING':
    case 'AUTHORIZING':
    case 'CONFIRMING':
    case 'CAPTURING':
      return 'possible';
    case 'COMPENSATING':
    case 'REFUNDING':
    case 'DONE':
      return 'too-late';
  }
}
