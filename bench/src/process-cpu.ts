import { readdir, readFile } from 'node:fs/promises';

/** CPU time of all threads of a process so far, in nanoseconds. @throws ENOENT when it is gone, or this is no Linux */
export async function processCpuNs(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const texts = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')));
  return texts.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0);
}
