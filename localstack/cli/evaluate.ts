/** `npm run evaluate -- --orders FILE.csv[.gz] --cut 2011-11-26 --days 14 [--json]` */
import { evaluateCommand } from './evaluate-command.ts';

process.exitCode = await evaluateCommand(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
