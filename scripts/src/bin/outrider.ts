import { exitWith, runCommand } from '../cli/run-command.js';
import { outriderProgram, type Chosen } from '../outrider/program.js';

// who reads the output may have seen enough: `| head`
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

let chosen: Chosen = async () => 0;
const program = outriderProgram((choice) => (chosen = choice));

await exitWith(runCommand(program, process.argv.slice(2), () => chosen()));
