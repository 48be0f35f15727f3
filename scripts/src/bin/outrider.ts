import { runCommand } from '../cli/run-command.js';
import { outriderProgram, type Chosen } from '../outrider/program.js';

let chosen: Chosen = async () => 0;
const program = outriderProgram((choice) => (chosen = choice));

process.exitCode = await runCommand(program, process.argv.slice(2), () => chosen());
