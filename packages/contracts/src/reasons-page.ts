import { REASONS } from './reasons.js';

/** The page that documents the reasons, as Markdown: docs/reasons.md. */
export function reasonsPage(): string {
  const rows = Object.entries(REASONS).map(([code, sentence]) => `| \`${code}\` | ${sentence} |`);
  return `# Reasons

Why an order or a refund failed: \`reason\` of an order and of the entries of its timeline, \`failure\` of a
refund, \`reason\` of lifecycle events. The list is closed, and no code ever gets another meaning; a later version may
add codes, so show one that you do not know as \`payment-failed\` or \`refund-failed\` is shown.

What a payment provider, a bank or a person said in their own words stands beside the code, for admins alone:
\`reasonDetail\` of an order and of a timeline's entry, \`failureDetail\` and \`reason\` of a refund. Customers
never see it. Lifecycle events carry none of it but the reason of a dispute, which is the card networks’ word, for
those who have to answer it.

| code | meaning |
| --- | --- |
${rows.join('\n')}
`;
}
