import path from 'node:path';
import type { Command } from '../service.ts';

/** A virtual environment in `folder` with these packages, which are named with their exact versions. */
export function venvWith(python: string, folder: string, packages: readonly string[]): readonly Command[] {
  return [
    { command: python, args: ['-m', 'venv', folder] },
    {
      command: path.join(folder, 'bin', 'python'),
      args: ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages],
    },
  ];
}
