import { openAcmeBank } from './acme-bank.js';

// Stands in for the bank in local runs (scripts/up --shop … --provider acme).
const { PORT = '0', ACME_TOKEN = '' } = process.env;
const bank = await openAcmeBank({ token: ACME_TOKEN, port: Number(PORT) });
process.once('SIGTERM', () => {
  bank.close().then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
