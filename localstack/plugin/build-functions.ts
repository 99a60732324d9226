import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

/**
 * Bundles `functions/<name>/handler.ts` to `.build/functions/<name>/handler.mjs` for every function that has one, and
 * returns their names. Built handlers are loaded once per thread; TypeScript handlers would be instantiated at every call.
 * A file that would not change is left alone, so that a build beside a running platform does not disturb it.
 */
export async function buildFunctions(serviceDir: string): Promise<readonly string[]> {
  const folders = await readdir(join(serviceDir, 'functions'));
  const names = folders
    .filter((name) => existsSync(join(serviceDir, 'functions', name, 'handler.ts')))
    .sort();
  const outdir = join(serviceDir, '.build', 'functions');
  const { outputFiles } = await build({
    absWorkingDir: serviceDir,
    entryPoints: names.map((name) => ({
      in: join(serviceDir, 'functions', name, 'handler.ts'),
      out: join(name, 'handler'),
    })),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // What is imported at run time stays apart, so that a function loads only the adapters that it uses.
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'linked',
    logLevel: 'silent',
    plugins: [keepSourceUrls],
  });
  await Promise.all(outputFiles.map((file) => writeWhenChanged(file.path, file.contents)));
  return names;
}

/** Keeps `import.meta.url` of a source file pointing at it, so that files beside it (SQL, WebAssembly) are still found. */
const keepSourceUrls: Plugin = {
  name: 'keep-source-urls',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      if (!source.includes('import.meta.url')) return null;
      const url = JSON.stringify(pathToFileURL(path).href);
      return { contents: source.replaceAll('import.meta.url', url), loader: 'ts' };
    });
  },
};

/** Replaces the file as a whole: a thread that loads it meanwhile sees the old one or the new one. */
async function writeWhenChanged(path: string, contents: Uint8Array): Promise<void> {
  const current = await readFile(path).catch(() => null);
  if (current !== null && Buffer.compare(current, contents) === 0) return;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, contents);
  await rename(temporary, path);
}
