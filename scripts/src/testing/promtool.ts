import { execFile, spawnSync } from 'node:child_process';

/** Prometheus' promtool: PROMTOOL, or `promtool` in PATH; undefined where it is not installed. */
export function findPromtool(): string | undefined {
  const given = process.env['PROMTOOL'];
  const command = given === undefined || given === '' ? 'promtool' : given;
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0 ? command : undefined;
}

/** What it says, whatever its exit code. @throws Error when it cannot be started */
export function promtool(
  command: string,
  args: readonly string[],
  { cwd, input = '' }: { readonly cwd?: string; readonly input?: string } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, [...args], { cwd }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve(stdout + stderr);
    });
    // one that has found enough reads no further
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
