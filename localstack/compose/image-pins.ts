import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf, PlatformError } from '../../shared/errors.ts';
import { parseImageReference } from './image-reference.ts';
import { digestOfTag, registryUrl } from './registry.ts';

/** Every file that names an image. */
export const FILES_WITH_IMAGES = ['docker-compose.yml', 'localstack/compose/superset/Dockerfile'];
/** The images without a digest, sorted: a JSON array of references. */
export const IMAGES_WITHOUT_DIGEST = 'localstack/compose/images-without-digest.json';

export interface PinReport {
  /** Reference before and after, where it changed. */
  readonly changed: readonly { readonly before: string; readonly after: string }[];
  readonly unchanged: readonly string[];
  readonly failed: readonly { readonly image: string; readonly reason: string }[];
}

/** The images that a compose file or a Dockerfile pulls, each once, in the order of the text. */
export function imagesIn(text: string): readonly string[] {
  const named = [...text.matchAll(/^\s*(?:image:|FROM)\s+(\S+)/gm)].map(([, image = '']) => image);
  return [...new Set(named)].filter((image) => !image.startsWith(BUILT_HERE));
}

/**
 * Asks each registry for the digest of each tag and writes it behind the tag. An image whose registry does not answer
 * stays as it is and is reported.
 */
export async function pinImages(
  root: string,
  urlOf: (registry: string) => string = registryUrl,
): Promise<PinReport> {
  const changed: { before: string; after: string }[] = [];
  const unchanged: string[] = [];
  const failed: { image: string; reason: string }[] = [];
  const texts = new Map(FILES_WITH_IMAGES.map((file) => [file, readFileSync(resolve(root, file), 'utf8')]));
  for (const before of new Set([...texts.values()].flatMap(imagesIn))) {
    try {
      const after = await pinned(before, urlOf);
      if (after === before) unchanged.push(before);
      else changed.push({ before, after });
    } catch (error) {
      failed.push({ image: before, reason: messageOf(error) });
    }
  }
  const without: string[] = [];
  for (const [file, text] of texts) {
    const rewritten = replaceImages(text, new Map(changed.map(({ before, after }) => [before, after])));
    if (rewritten !== text) writeFileSync(resolve(root, file), rewritten);
    without.push(...imagesIn(rewritten).filter((image) => !image.includes('@')));
  }
  writeFileSync(resolve(root, IMAGES_WITHOUT_DIGEST), `${JSON.stringify(without.sort(), null, 2)}\n`);
  return { changed, unchanged, failed };
}

/** Images that a Dockerfile of ours builds. */
const BUILT_HERE = 'customer-insight/';

async function pinned(image: string, urlOf: (registry: string) => string): Promise<string> {
  const reference = parseImageReference(image);
  const { tag } = reference;
  if (tag === null) throw new PlatformError('image_without_tag', `${image} has no tag to ask for`);
  const [named = image] = image.split('@');
  return `${named}@${await digestOfTag({ ...reference, tag }, urlOf)}`;
}

function replaceImages(text: string, replacements: ReadonlyMap<string, string>): string {
  return text.replace(
    /^(\s*(?:image:|FROM)\s+)(\S+)/gm,
    (_, start: string, image: string) => `${start}${replacements.get(image) ?? image}`,
  );
}
