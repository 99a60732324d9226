import { resolve } from 'node:path';
import { PlatformError } from '../../shared/errors.ts';
import { parseCommand, runCommand } from '../cli/arguments.ts';
import { pinImages } from './image-pins.ts';

await runCommand(async () => {
  parseCommand({ usage: 'npm run compose:pin', options: {} });
  const { changed, unchanged, failed } = await pinImages(resolve(import.meta.dirname, '../..'));
  for (const image of unchanged) process.stdout.write(`as it was  ${image}\n`);
  for (const { before, after } of changed)
    process.stdout.write(`was        ${before}\nis         ${after}\n`);
  if (failed.length > 0) {
    const reasons = failed.map(({ image, reason }) => `${image}: ${reason}`).join('\n  ');
    throw new PlatformError('images_not_pinned', `no digest for ${failed.length} images:\n  ${reasons}`);
  }
});
