import type { DeadLetter, DeadLetterMessage } from '@outrider/contracts';
import { Screen } from '../cli/screen.js';

/** What of a value is shown on a line. */
const LONGEST = 160;

/** Where a command's result goes: JSON for programs, or lines for people. */
export class Shown {
  readonly screen = new Screen(process.stdout);

  constructor(private readonly asJson: boolean) {}

  /** One of both; `lines` is not called for JSON. */
  result(json: unknown, lines: (screen: Screen) => void): void {
    if (this.asJson) console.log(JSON.stringify(json));
    else lines(this.screen);
  }

  /** On a terminal, while something long goes on. */
  progress(text: string): void {
    if (!this.asJson) this.screen.progress(text);
  }
}

export const DEAD_LETTER_HEADINGS = ['service', 'key', 'status', 'events', 'attempts', 'next attempt', 'reason'];

export function deadLetterRow(service: string, deadLetter: DeadLetter): string[] {
  const place =
    deadLetter.source === 'outbox'
      ? deadLetter.key
      : `${deadLetter.topic} ${deadLetter.key ?? `--at ${deadLetter.partition}/${deadLetter.offset}`}`;
  return [
    service,
    oneLine(place),
    deadLetter.status,
    String(deadLetter.events),
    String(deadLetter.attempts),
    deadLetter.nextAttemptAt ?? '-',
    oneLine(deadLetter.reason),
  ];
}

export function showMessage(screen: Screen, deadLetter: DeadLetterMessage): void {
  const { topic, partition, offset, key, eventId, reason, parkedAt, rawValue, size } = deadLetter;
  screen.heading(`${topic} ${partition}/${offset}`);
  screen.rows([
    ['key', key === null ? '(none)' : oneLine(key)],
    ['event', eventId ?? '(not readable)'],
    ['reason', oneLine(reason)],
    ['parked', parkedAt],
    ['bytes', size === null ? '(no value)' : String(size)],
    ['value', rawValue === null ? '-' : oneLine(rawValue.text ?? `base64 ${rawValue.base64}`)],
  ]);
}

/** As it can be shown on a terminal: what others wrote moves no cursor. */
export function oneLine(text: string): string {
  const clean = text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '\uFFFD');
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST - 1)}…` : clean;
}
