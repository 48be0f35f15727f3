import type { Log } from '@outrider/common';
import type { Clock } from '../clock.js';
import type { RelayObserver } from './observer.js';
import type { RelaySettings } from './settings.js';

/** What every part of a relay needs to know. */
export interface RelayContext {
  readonly owner: string;
  readonly settings: RelaySettings;
  readonly clock: Clock;
  readonly observer: RelayObserver;
  readonly log: Log;
}
