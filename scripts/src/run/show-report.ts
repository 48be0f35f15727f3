import { count, money, type Screen } from '../cli/screen.js';
import type { Report } from './report.js';

/** Shows what a run of orders came to. */
export function showReport(screen: Screen, report: Report): void {
  screen.heading('Result');
  screen.rows(
    [
      ['orders', count(report.orders)],
      ['completed', count(report.completed), money(report.completedTotal)],
      ['captured by the provider', '', money(report.capturedTotal)],
      ['failed, stock', count(report.failed)],
      ['failed, payment', count(report.paymentFailed)],
      ['stuck', count(report.stuck)],
      ['duplicates', count(report.duplicates)],
      ['orders a second', report.ordersPerSecond.toFixed(1)],
      ['placed to ended, p50', `${count(report.p50Ms)} ms`],
      ['placed to ended, p99', `${count(report.p99Ms)} ms`],
    ],
    [1, 2],
  );
}
