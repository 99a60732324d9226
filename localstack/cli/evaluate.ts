import { runCommand } from './arguments.ts';
import { evaluateCommand } from './evaluate-command.ts';

await runCommand(() =>
  evaluateCommand(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  }),
);
