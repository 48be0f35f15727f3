import { spawnSync } from 'node:child_process';

/** The program that `scripts/up --prometheus` takes: PROMETHEUS, or `prometheus` in PATH; undefined where there is none. */
export function prometheusCommand(): string | undefined {
  const given = process.env['PROMETHEUS'];
  const command = given === undefined || given === '' ? 'prometheus' : given;
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0 ? command : undefined;
}
