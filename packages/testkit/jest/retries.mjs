// Where OUTRIDER_TEST_RETRIES says so (.ci/run does), a test that fails is tried again that often, its failure printed
// first: real brokers under load are now and then slower than a test thought. Without it a failure is a failure.
import { jest } from '@jest/globals';

const retries = Number(process.env.OUTRIDER_TEST_RETRIES ?? 0);
if (retries > 0) jest.retryTimes(retries, { logErrorsBeforeRetry: true });
