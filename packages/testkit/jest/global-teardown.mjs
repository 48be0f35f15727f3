export default async function teardown() {
  await globalThis[Symbol.for('outrider.infra')]?.stop();
}
